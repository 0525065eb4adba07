import ArgumentParser

@main
struct BenchCommand: ParsableCommand {}
