"use strict";
// Which words of two texts differ: those that are not in their longest common subsequence.

const MOST_CELLS = 4e6; // of the table that finds it

// The share of words that both have, and each side as stretches that differ or do not; null when
// the texts are too long.
function differing(left, right) {
  const texts = [left, right].map((text) => text.match(/\n|[^\S\n]+|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? []);
  const [a, b] = texts.map((text) => text.filter((word) => word.trim()));
  const common = inCommon(a, b);
  if (!common) return null;
  const counted = [a, b].flatMap((words, side) => words.flatMap((word, i) => (/[\p{L}\p{N}]/u.test(word) ? [common[side][i]] : [])));
  return {
    shared: counted.length ? counted.filter(Boolean).length / counted.length : 1,
    sides: texts.map((text, side) => stretches(text, common[side])),
  };
}
// For each side which of its words are in the longest common subsequence.
function inCommon(a, b) {
  let start = 0, after = 0; // words that both begin and end with
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  while (after < a.length - start && after < b.length - start && a[a.length - 1 - after] === b[b.length - 1 - after]) after++;
  const [rows, columns] = [a.length - start - after, b.length - start - after];
  const wide = columns + 1;
  if ((rows + 1) * wide > MOST_CELLS) return null;
  const best = new Uint16Array((rows + 1) * wide); // MOST_CELLS bounds the shorter side
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      const at = i * wide + j;
      best[at] = a[start + i] === b[start + j] ? best[at + wide + 1] + 1 : Math.max(best[at + wide], best[at + 1]);
    }
  }
  const common = [new Uint8Array(a.length), new Uint8Array(b.length)];
  common.forEach((side) => side.fill(1, 0, start).fill(1, side.length - after));
  for (let i = 0, j = 0; i < rows && j < columns;) {
    if (a[start + i] === b[start + j]) { common[0][start + i++] = 1; common[1][start + j++] = 1; }
    else if (best[(i + 1) * wide + j] >= best[i * wide + j + 1]) i++;
    else j++;
  }
  return common;
}
// Stretches [text, differs]. A blank between two words that differ differs too.
function stretches(text, common) {
  const found = [];
  let blank = "", place = 0;
  const add = (piece, differs) => {
    const last = found[found.length - 1];
    if (last && last[1] === differs) last[0] += piece;
    else found.push([piece, differs]);
  };
  for (const word of text) {
    if (!word.trim()) {
      blank += word;
      continue;
    }
    const differs = !common[place++];
    const joined = differs && found.length && found[found.length - 1][1] && !blank.includes("\n");
    if (blank) add(blank, Boolean(joined));
    add(word, differs);
    blank = "";
  }
  if (blank) add(blank, false);
  return found;
}
