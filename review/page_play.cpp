#include "review/page.h"

namespace melomine::review {

// One side, or both in step: the place at the original's tempo, on one clock.
const char* const kPlayScript = R"js(
const player = {context: null, sources: [], frame: 0, playing: '', clips: new Map()};

// The samples of a side; kept for this pair and the next.
function clipOf(id, side) {
  const key = id + ' ' + side;
  if (!player.clips.has(key)) {
    while (player.clips.size > 12) player.clips.delete(player.clips.keys().next().value);
    const samples = fetch('/api/sound/' + id + '?side=' + side).then(async response => {
      if (!response.ok) throw new Error((await response.json().catch(() => ({}))).error || 'The clip cannot be read.');
      return player.context.decodeAudioData(await response.arrayBuffer());
    });
    samples.catch(() => player.clips.delete(key));
    player.clips.set(key, samples);
  }
  return player.clips.get(key);
}

function stopPlaying() {
  cancelAnimationFrame(player.frame);
  for (const source of player.sources) { source.onended = null; source.stop(); }
  player.sources = [];
  player.playing = '';
  showPlaying({});
}

// Cursors by side, as shares; both hidden without any.
function showPlaying(shares) {
  document.body.dataset.playing = player.playing;
  for (const side of ['original', 'place']) {
    const share = side in shares ? shares[side] : null;
    $(side).classList.toggle('playing', share !== null);
    if (state.cursors[side]) state.cursors[side](share);
  }
}

// @param what  original, place or both
async function play(what) {
  if (!state.pair) return;
  stopPlaying();
  if (!player.context) player.context = new AudioContext();
  const id = state.pair.id, turn = player.turn = {};
  const parts = what === 'both' ? [['original', 'original', -0.8], ['place', 'in_step', 0.8]] : [[what, what, 0]];
  try {
    await player.context.resume();
    const clips = await Promise.all(parts.map(([, side]) => clipOf(id, side)));
    if (player.turn !== turn || !state.pair || state.pair.id !== id) return;
    start(what, parts, clips);
  } catch (error) {
    fail(error);
  }
}

function start(what, parts, clips) {
  const context = player.context, begin = context.currentTime + 0.05;
  player.playing = what;
  player.sources = clips.map((clip, i) => {
    const source = context.createBufferSource(), pan = context.createStereoPanner();
    source.buffer = clip;
    pan.pan.value = parts[i][2];
    source.connect(pan).connect(context.destination);
    source.start(begin);
    return source;
  });
  const longest = Math.max(...clips.map(clip => clip.duration));
  const tick = () => {
    const now = context.currentTime - begin;
    if (now >= longest) return stopPlaying();
    showPlaying(Object.fromEntries(parts.map(([side], i) => [side, now / clips[i].duration])));
    player.frame = requestAnimationFrame(tick);
  };
  tick();
}
)js";

}  // namespace melomine::review
