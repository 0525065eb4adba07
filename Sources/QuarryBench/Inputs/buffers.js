// JSON, strings, maps and buffers of many sizes that come and go. Argument: rounds.
'use strict';

let state = 1;
function below(bound) {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return (state >>> 8) % bound;
}

let total = 0;
const kept = [];
for (let round = 0; round < Number(process.argv[2]); round += 1) {
  const buffers = [];
  for (let index = 0; index < 600; index += 1) {
    const buffer = Buffer.alloc(16 << below(13), index & 255);
    buffer.writeUInt32LE(index, below(buffer.length - 4));
    buffers.push(buffer);
  }
  const whole = Buffer.concat(buffers.filter((_, index) => index % 3 === round % 3));
  for (const byte of whole.subarray(0, 4096)) total += byte;

  const records = new Map();
  for (let index = 0; index < 3000; index += 1) {
    const name = `record ${below(2000)}`;
    records.set(name, {name, index, tags: [name.length, String(index), {nested: index % 7}]});
  }
  const text = JSON.stringify([...records.values()]);
  total += JSON.parse(text).length + text.length;
  total += Buffer.from(text).toString('base64').length;
  kept.push(buffers);
  if (kept.length > 4) kept.splice(below(kept.length), 1);
}
console.log(total);
