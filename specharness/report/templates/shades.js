"use strict";
// Tokens shaded by how far a spec moved them; letters and levels as shades.py has them.

const LEVELS = [0.1, 0.3, 1]; // nats
const STEPS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const TOLD = 5; // tokens of a response that are told in words, each way

function readMove(letters, place) {
  return (64 * STEPS.indexOf(letters[2 * place]) + STEPS.indexOf(letters[2 * place + 1]) - 2047) / 100;
}
function levelOf(nats) {
  return Math.sign(nats) * LEVELS.filter((least) => Math.abs(nats) >= least).length;
}
// A response as stretches { text, level, nats, ends }: tokens that moved, and what lies between.
function shadesOf(text, cuts, letters) {
  const found = [];
  const whole = []; // a token that only goes on with a character moves what it goes on with
  let at = 0;
  cuts.forEach((size, i) => {
    const nats = letters ? readMove(letters, i) : 0;
    if (size || !whole.length) whole.push([text.slice(at, at + size), nats]);
    else whole[whole.length - 1][1] += nats;
    at += size;
  });
  const add = (piece, nats) => {
    const last = found[found.length - 1];
    const level = levelOf(nats);
    if (!level && last && !last.level) last.text += piece;
    else if (piece) found.push({ text: piece, level, nats });
  };
  whole.forEach(([piece, nats]) => add(piece, nats));
  if (at < text.length) add(text.slice(at), 0);
  else if (letters.length > 2 * cuts.length) {
    let nats = 0;
    for (let i = cuts.length; 2 * i < letters.length; i++) nats += readMove(letters, i);
    found.push({ text: "end of turn", level: levelOf(nats), nats, ends: true });
  }
  return found;
}
// The tokens that moved most: [more likely, less likely], each with the largest first.
function movedMost(shades) {
  const ranked = shades.filter((it) => it.level).sort((a, b) => Math.abs(b.nats) - Math.abs(a.nats));
  return [1, -1].map((way) => ranked.filter((it) => Math.sign(it.level) === way).slice(0, TOLD));
}
