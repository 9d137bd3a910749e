#include "service/page.h"

namespace melomine::service {

// What the page does: asks, lists, opens a song, keeps a verdict.
const char* const kMainScript = R"js(
const $ = id => document.getElementById(id);
const state = {limits: {max_upload_mib: 16, max_hum_s: 60}, keeps: false, recording: null, answer: null, humUrl: null, stopTone: null,
               cursors: []};

const kThisOne = 'This is the one';

function make(name, className, text) {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1) + (/[.?!]$/.test(text) ? '' : '.');
}

function setBusy(text) {
  $('status').textContent = text;
  $('error').textContent = '';
  $('record').disabled = $('file').disabled = Boolean(text);
}

function fail(error) {
  setBusy('');
  $('error').textContent = sentence(error.message || String(error));
}

async function search(blob) {
  if (blob.size > state.limits.max_upload_mib * 1048576)
    return fail(new Error('This file is larger than the ' + state.limits.max_upload_mib + ' MiB that are taken.'));
  if (blob.size === 0) return fail(new Error('This file is empty.'));
  if (state.humUrl) URL.revokeObjectURL(state.humUrl);
  state.humUrl = URL.createObjectURL(blob);
  $('hum-audio').src = state.humUrl;
  $('hum').hidden = false;
  $('answer').hidden = true;
  setBusy('Searching …');
  try {
    const answer = await ask('/api/search?count=10', {method: 'POST', body: blob, headers: {'Content-Type': 'application/octet-stream'}});
    setBusy('');
    show(answer);
  } catch (error) {
    fail(error);
  }
}

function summary(answer) {
  if (!answer.songs.length) return 'Nothing was found. Is there a tune in the recording?';
  return answer.match ? 'It is probably the first of these' : 'No song fits well. The nearest are';
}

function percent(value) {
  return value === null ? '' : Math.round(100 * value) + ' % sure';
}

function placeText(song) {
  const parts = ['at ' + clock(song.start_s) + '\u2013' + clock(song.end_s)];
  const steps = Math.round(song.transposition_semitones);
  if (steps) parts.push('hummed ' + Math.abs(steps) + (Math.abs(steps) === 1 ? ' semitone ' : ' semitones ') + (steps > 0 ? 'lower' : 'higher'));
  const tempo = Math.round(100 * (1 / song.tempo_ratio - 1));
  if (tempo) parts.push(Math.abs(tempo) + ' % ' + (tempo > 0 ? 'faster' : 'slower'));
  if (song.score !== null) parts.push('score ' + song.score.toFixed(3));
  return parts.join(' \u00b7 ');
}

function show(answer) {
  state.answer = answer;
  state.cursors = [];
  $('verdict-line').textContent = summary(answer);
  $('thanks').textContent = '';
  $('no-verdict').hidden = !state.keeps || !answer.songs.length;
  $('none').disabled = false;
  $('songs').replaceChildren(...answer.songs.map(songItem));
  $('answer').hidden = false;
  if (answer.songs.length) openSong(0);
  $('verdict-line').focus({preventScroll: true});
}

function songItem(song, index) {
  const item = make('li');
  const head = make('button', 'song');
  head.type = 'button';
  head.setAttribute('aria-expanded', 'false');
  head.append(make('span', 'rank', String(index + 1)), make('span', 'title', song.title || song.id),
              make('span', 'sure', percent(song.confidence)), make('span', 'where', placeText(song)));
  head.addEventListener('click', () => openSong(item.classList.contains('open') ? -1 : index));
  const more = make('div', 'more');
  more.hidden = true;
  item.append(head, more);
  return item;
}

function openSong(index) {
  if (state.stopTone) state.stopTone();
  [...$('songs').children].forEach((item, i) => {
    const [head, more] = item.children, open = i === index;
    item.classList.toggle('open', open);
    head.setAttribute('aria-expanded', String(open));
    more.hidden = !open;
    more.querySelectorAll('audio').forEach(player => player.pause());
    if (open && !more.hasChildNodes()) fill(more, state.answer, state.answer.songs[i]);
  });
}

function stretchQuery(song) {
  return '?' + new URLSearchParams({song: song.id, start: song.start_s, end: song.end_s});
}

async function fill(more, answer, song) {
  const plotPlace = make('div'), legend = make('div', 'legend'), hear = make('div', 'hear');
  const mark = (kind, text) => { const entry = make('span', '', text); entry.prepend(make('i', kind)); return entry; };
  legend.append(mark('s', 'the song'), mark('h', 'your hum, moved to the song\u2019s key'));
  more.append(plotPlace, legend, hear);
  if (state.keeps) more.append(verdictButton(song));
  try {
    const curve = await ask('/api/curve' + stretchQuery(song));
    const {plot, setCursor} = drawCurves(song, answer.curve, curve, Math.max(280, plotPlace.clientWidth));
    plotPlace.append(plot);
    state.cursors[answer.songs.indexOf(song)] = {song, setCursor};
    hear.append(...(song.has_audio ? songPlayer(song, setCursor) : tonePlayer(curve, setCursor)));
  } catch (error) {
    plotPlace.append(make('p', 'soft', 'The song\u2019s melody cannot be shown: ' + error.message));
  }
}

// Tells the time that a player is at while it plays, then null.
function follow(player, tell) {
  let stop = () => {};
  player.addEventListener('play', () => { stop(); stop = eachFrame(() => tell(player.currentTime)); });
  for (const event of ['pause', 'ended']) player.addEventListener(event, () => { stop(); tell(null); });
}

// The hum moves the cursors over all songs that it is drawn on.
function followHum(time) {
  for (const {song, setCursor} of state.cursors.filter(Boolean))
    setCursor(time === null ? null : (time - song.query_start_s) / (song.query_end_s - song.query_start_s));
}

function songPlayer(song, setCursor) {
  const player = make('audio');
  player.controls = true;
  player.preload = 'none';
  player.src = '/api/audio' + stretchQuery(song);
  player.setAttribute('aria-label', 'The song at the place found');
  follow(player, time => setCursor(time === null ? null : time / (song.end_s - song.start_s)));
  const note = make('span', 'soft', 'The song');
  player.addEventListener('error', () => { note.textContent = 'The song\u2019s recording cannot be played'; });
  return [note, player];
}

function tonePlayer(curve, setCursor) {
  const button = make('button', '', 'Play the melody'), note = make('span', 'soft', 'The song has no recording.');
  button.type = 'button';
  button.addEventListener('click', () => {
    if (state.stopTone) return state.stopTone();
    button.textContent = 'Stop';
    document.querySelectorAll('audio').forEach(player => player.pause());
    state.stopTone = playCurve(curve, setCursor, () => { state.stopTone = null; button.textContent = 'Play the melody'; });
  });
  return [button, note];
}

function verdictButton(song) {
  const button = make('button', 'yes', kThisOne);
  button.type = 'button';
  button.addEventListener('click', () => judge(song, button.closest('li')));
  return button;
}

async function judge(song, item) {
  try {
    await ask('/api/judge', {method: 'POST', headers: {'Content-Type': 'application/json'},
                             body: JSON.stringify({query: state.answer.query, song: song ? song.id : null})});
    for (const other of $('songs').children) {
      other.classList.toggle('right', other === item);
      for (const button of other.querySelectorAll('.yes')) button.textContent = other === item ? 'Kept: this is the one' : kThisOne;
    }
    $('thanks').textContent = song ? 'Kept: this hum is of \u201c' + (song.title || song.id) + '\u201d.' : 'Kept: none of these.';
    $('error').textContent = '';
  } catch (error) {
    $('thanks').textContent = '';
    $('error').textContent = 'Your verdict was not kept: ' + error.message;
  }
}

async function record() {
  if (state.recording) return state.recording.stop();
  $('error').textContent = '';
  try {
    state.recording = await Recording.start(state.limits.max_hum_s, (seconds, level) => {
      $('level-bar').style.transform = 'scaleX(' + level.toFixed(2) + ')';
      $('record-text').textContent = 'Stop and search (' + clock(seconds) + ')';
    });
    $('record').setAttribute('aria-pressed', 'true');
    $('level').hidden = false;
    $('status').textContent = 'Recording …';
    const blob = await state.recording.done;
    endRecording();
    await search(blob);
  } catch (error) {
    endRecording();
    fail(error.name === 'NotAllowedError' ? new Error('The browser was not allowed to use the microphone.') :
         error.name === 'NotFoundError' ? new Error('There is no microphone. Choose a recording instead.') : error);
  }
}

function endRecording() {
  state.recording = null;
  $('record').setAttribute('aria-pressed', 'false');
  $('record-text').textContent = 'Record a hum';
  $('level').hidden = true;
}

async function begin() {
  $('record').addEventListener('click', record);
  follow($('hum-audio'), followHum);
  // One at a time; a player's events do not rise to the page, but pass through it on their way down.
  document.addEventListener('play', event => {
    if (state.stopTone) state.stopTone();
    document.querySelectorAll('audio').forEach(player => { if (player !== event.target) player.pause(); });
  }, true);
  $('hum-audio').addEventListener('error', () => { $('hum').hidden = true; });
  $('none').addEventListener('click', () => judge(null, null));
  $('file').addEventListener('change', () => {
    const file = $('file').files[0];
    if (file) search(file).finally(() => { $('file').value = ''; });
  });
  try {
    const health = await ask('/health');
    state.limits = health;
    state.keeps = health.keeps_verdicts;
    $('library').textContent = health.library + ' \u00b7 ' + health.songs + (health.songs === 1 ? ' song' : ' songs');
  } catch (error) {
    fail(error);
  }
}

begin();
)js";

}  // namespace melomine::service
