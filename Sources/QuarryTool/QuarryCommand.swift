import ArgumentParser

@main
struct QuarryCommand: ParsableCommand {}
