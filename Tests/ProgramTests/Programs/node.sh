#!/usr/bin/env bash
# Node: buffers, worker threads, compression and cryptography in its thread pool, and child processes.
source "$(dirname "$0")/support/common.bash"
need node

cat >"$work/program.js" <<'END'
const crypto = require("crypto");
const fs = require("fs");
const path = require("path");
const zlib = require("zlib");
const { execFileSync, fork } = require("child_process");
const { promisify } = require("util");
const { Worker, isMainThread, parentPort, workerData } = require("worker_threads");

const name = process.env.library_name;
if (name && !fs.readFileSync("/proc/self/maps", "latin1").includes("/" + name)) {
  console.error("the library is not loaded");
  process.exit(1);
}
const digest = (value) => crypto.createHash("sha256").update(value).digest("hex").slice(0, 16);

function churn(seed) {
  let state = seed >>> 0;
  const next = (limit) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % limit;
  const kept = new Map();
  const hash = crypto.createHash("sha256");
  for (let step = 0; step < 15000; step++) {
    const key = next(2000);
    const buffer = step % 2 ? Buffer.alloc(1 + next(20000), step & 255) : Buffer.from("text ".repeat(next(200)));
    kept.set(key, buffer);
    if (step % 5 === 0) kept.delete(next(2000));
    if (step % 100 === 0) for (const [k, b] of kept) { hash.update(k + ":" + b.length); if (b.length) hash.update(b.subarray(0, 8)); }
  }
  return hash.digest("hex").slice(0, 16);
}

async function main() {
  const expected = [1, 2, 3, 4].map(churn);
  console.log("churn", expected.join(" "));
  for (let round = 0; round < 3; round++) {
    const results = await Promise.all([1, 2, 3, 4].map((seed) => new Promise((resolve, reject) => {
      const worker = new Worker(__filename, { workerData: seed });
      worker.on("message", resolve);
      worker.on("error", reject);
    })));
    console.log("workers", JSON.stringify(results) === JSON.stringify(expected));
  }
  const texts = Array.from({ length: 24 }, (_, n) => Buffer.from("line " + n + " ").toString().repeat(30000 + n * 100));
  const gzip = promisify(zlib.gzip), gunzip = promisify(zlib.gunzip), brotli = promisify(zlib.brotliCompress), unbrotli = promisify(zlib.brotliDecompress);
  const back = await Promise.all(texts.map(async (text) => (await gunzip(await gzip(text))).toString() === text));
  console.log("gzip", back.every(Boolean));
  const options = { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } };
  const again = await Promise.all(texts.map(async (text) => (await unbrotli(await brotli(text, options))).toString() === text));
  console.log("brotli", again.every(Boolean));
  const keys = await Promise.all(Array.from({ length: 16 }, (_, n) => promisify(crypto.scrypt)("secret" + n, "salt", 32)));
  console.log("scrypt", digest(Buffer.concat(keys)));
  const records = Array.from({ length: 50000 }, (_, n) => ({ id: n, name: "name " + n, list: [n, null, n / 2] }));
  const text = JSON.stringify(records);
  console.log("json", JSON.stringify(JSON.parse(text)) === text, digest(text));
  const file = path.join(process.argv[2], "file" + process.pid);
  await Promise.all(Array.from({ length: 50 }, (_, n) => fs.promises.writeFile(file + n, texts[n % 24])));
  const read = await Promise.all(Array.from({ length: 50 }, (_, n) => fs.promises.readFile(file + n, "utf8")));
  console.log("files", read.every((content, n) => content === texts[n % 24]));
  console.log("child", execFileSync(process.execPath, ["-p", "[...Array(1000).keys()].reduce((a, b) => a + b)"]).toString().trim());
  const answer = await new Promise((resolve) => {
    const child = fork(__filename, ["child"]);
    child.on("message", resolve);
    child.send(5);
  });
  console.log("fork", answer === churn(5));
}

if (!isMainThread) parentPort.postMessage(churn(workerData));
else if (process.argv[2] === "child") process.on("message", (seed) => { process.send(churn(seed)); process.disconnect(); });
else main().catch((error) => { console.error(error); process.exit(1); });
END
env -u library_name node "$work/program.js" "$work" >"$work/expected"
if grep -q false "$work/expected"; then fail "the program is wrong without the library"; fi
assert_contains "$work/expected" '^fork true$' '^child 499500$'
"${preload[@]}" node "$work/program.js" "$work" >"$work/actual"
diff "$work/expected" "$work/actual" >&2 || fail "other output"
