#include "review/page.h"

namespace melomine::review {

// What the page does: asks for a pair, shows it, keeps an answer, takes it back.
const char* const kReviewScript = R"js(
const $ = id => document.getElementById(id);
const state = {reviewer: '', pair: null, cursors: {}, answered: [], busy: false, pairs: new Map()};

function fail(error) {
  $('error').textContent = error.message || String(error);
}

function showProgress(progress) {
  const share = progress.pairs ? progress.decided / progress.pairs : 1;
  $('bar').style.transform = 'scaleX(' + share.toFixed(3) + ')';
  $('progress').setAttribute('aria-valuemax', progress.pairs);
  $('progress').setAttribute('aria-valuenow', progress.decided);
  const parts = [progress.decided + ' of ' + progress.pairs + ' pairs decided', progress.same + ' of them the same',
                 progress.mine + ' judged by you'];
  const {pairs, unanimous, alpha} = progress.agreement;
  if (pairs) parts.push('reviewers agree on ' + unanimous + ' of ' + pairs + (alpha === null ? '' : ' (\u03b1 ' + alpha.toFixed(2) + ')'));
  $('counts').textContent = parts.join(' \u00b7 ');
}

// A pair's drawing, asked for once.
function pairOf(id) {
  if (!state.pairs.has(id)) {
    while (state.pairs.size > 6) state.pairs.delete(state.pairs.keys().next().value);
    const pair = ask('/api/pair/' + id);
    pair.catch(() => state.pairs.delete(id));
    state.pairs.set(id, pair);
  }
  return state.pairs.get(id);
}

function showSide(pair, name, other) {
  const article = $(name), side = pair[name];
  article.querySelector('.title').textContent = side.title;
  const tempo = Math.round(100 * (1 / pair.tempo_ratio - 1));
  const slower = name === 'place' && tempo ? ' \u00b7 ' + Math.abs(tempo) + ' % ' + (tempo > 0 ? 'slower' : 'faster') : '';
  article.querySelector('.time').textContent = clock(side.start_s) + '\u2013' + clock(side.end_s) + slower;
  const {plot, setCursor} = drawSide(side, pair[other], name);
  article.querySelector('.plot').replaceChildren(plot);
  state.cursors[name] = setCursor;
}

// @param id  of a pair to show in place of the next one
async function showNext(id) {
  stopPlaying();
  state.pair = null;
  const next = await ask('/api/next?' + new URLSearchParams({reviewer: state.reviewer}));
  showProgress(next.progress);
  const wanted = id || next.pair;
  $('done').hidden = wanted !== null;
  $('pair').hidden = true;
  $('undo').disabled = !state.answered.length;
  if (wanted === null) return;
  const pair = await pairOf(wanted);
  $('pair').hidden = false;
  showSide(pair, 'original', 'place');
  showSide(pair, 'place', 'original');
  state.pair = pair;
  document.body.dataset.pair = pair.id;
  const ahead = id ? next.pair : next.after;
  if (ahead !== null) pairOf(ahead).catch(() => {});
}

function send(pair, answer) {
  return ask('/api/answer', {method: 'POST', headers: {'Content-Type': 'application/json'},
                             body: JSON.stringify({pair, reviewer: state.reviewer, answer})});
}

// One thing at a time: a key that comes meanwhile is not an answer to the next pair.
async function once(work) {
  if (state.busy) return;
  state.busy = true;
  $('error').textContent = '';
  try {
    await work();
  } catch (error) {
    fail(error);
  }
  state.busy = false;
}

const answer = word => once(async () => {
  if (!state.pair) return;
  const id = state.pair.id;
  await send(id, word);
  state.answered.push(id);
  await showNext(null);
});

const undo = () => once(async () => {
  if (!state.answered.length) return;
  const id = state.answered[state.answered.length - 1];
  await send(id, 'withdrawn');
  state.answered.pop();
  await showNext(id);
});

function toggleHelp() {
  $('help').hidden = !$('help').hidden;
  $('show-help').setAttribute('aria-expanded', String(!$('help').hidden));
}

const begin = () => once(async () => {
  const name = $('reviewer').value.trim();
  if (!name) { $('reviewer').focus(); throw new Error('Say who you are first.'); }
  if (name !== state.reviewer) state.answered = [];
  state.reviewer = name;
  $('reviewer').blur();
  await showNext(null);
});

const KEYS = {'1': () => play('original'), '2': () => play('place'), '3': () => play('both'), '0': stopPlaying, 'Escape': stopPlaying,
              's': () => answer('same'), 'd': () => answer('different'), 'k': () => answer('skip'), 'u': undo, '?': toggleHelp};

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.target === $('reviewer')) return;
  const work = KEYS[event.key] || KEYS[event.key.toLowerCase()];
  if (!work) return;
  event.preventDefault();
  work();
}

async function open() {
  document.addEventListener('keydown', onKey);
  $('who').addEventListener('submit', event => { event.preventDefault(); begin(); });
  const buttons = {'play-original': '1', 'play-place': '2', 'play-both': '3', 'stop': '0', 'same': 's', 'different': 'd', 'skip': 'k',
                   'undo': 'u', 'show-help': '?'};
  for (const [id, key] of Object.entries(buttons)) $(id).addEventListener('click', KEYS[key]);
  try {
    const start = await ask('/api/start');
    $('reviewer').value = start.reviewer;
    if (start.reviewer) await begin();
    else $('reviewer').focus();
  } catch (error) {
    fail(error);
  }
}

open();
)js";

}  // namespace melomine::review
