"use strict";
// The page's data: base64 of raw deflate of a vocabulary and places in it, as packing.py has it.

async function unpack(packed) {
  const letters = atob(packed);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return JSON.parse(spelt(new Uint8Array(await new Response(stream).arrayBuffer())));
}
function spelt(data) {
  const starts = [0]; // of the words; each ends a newline before the next
  let first = 0; // place behind the vocabulary
  while (data[first] !== 10) {
    first = data.indexOf(10, first) + 1;
    if (!first) throw new Error("no vocabulary");
    starts.push(first);
  }
  first += 1;
  const place = (i) => (data[i] < 128 ? data[i] : 128 + (data[i] - 128) * 256 + data[i + 1]);
  let size = 0;
  for (let i = first; i < data.length; i += data[i] < 128 ? 1 : 2) size += starts[place(i) + 1] - 1 - starts[place(i)];
  const text = new Uint8Array(size);
  let at = 0;
  for (let i = first; i < data.length; i += data[i] < 128 ? 1 : 2) {
    const word = place(i);
    for (let from = starts[word]; from < starts[word + 1] - 1; from++) text[at++] = data[from];
  }
  return new TextDecoder().decode(text);
}
