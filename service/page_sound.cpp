#include "service/page.h"

namespace melomine::service {

// Recording, with a look at how loud it is, and melodies without a recording as tones.
const char* const kSoundScript = R"js(
// Calls back at each picture while the promise it returns is not stopped.
function eachFrame(work) {
  let running = true;
  const next = () => { if (running) { work(); requestAnimationFrame(next); } };
  requestAnimationFrame(next);
  return () => { running = false; };
}

class Recording {
  // @param tell  gets (seconds, level 0..1) meanwhile
  static async start(longest_s, tell) {
    if (!navigator.mediaDevices || !window.MediaRecorder)
      throw new Error('This browser records only pages of localhost or https. Choose a recording instead.');
    const stream = await navigator.mediaDevices.getUserMedia(
      {audio: {echoCancellation: false, noiseSuppression: false, autoGainControl: true}});
    return new Recording(stream, longest_s, tell);
  }

  constructor(stream, longest_s, tell) {
    this.pieces = [];
    this.recorder = new MediaRecorder(stream);
    this.context = new AudioContext();
    const meter = this.context.createAnalyser();
    this.context.createMediaStreamSource(stream).connect(meter);
    const samples = new Float32Array(meter.fftSize), begin = performance.now();
    const stopFrames = eachFrame(() => {
      meter.getFloatTimeDomainData(samples);
      tell((performance.now() - begin) / 1000, Math.min(1, 2 * Math.max(...samples.map(Math.abs))));
    });
    this.done = new Promise((resolve, reject) => {
      this.recorder.ondataavailable = event => this.pieces.push(event.data);
      this.recorder.onerror = event => reject(event.error || new Error('the recording failed'));
      this.recorder.onstop = () => resolve(new Blob(this.pieces, {type: this.recorder.mimeType}));
    }).finally(() => {
      stopFrames();
      clearTimeout(this.limit);
      stream.getTracks().forEach(track => track.stop());
      this.context.close();
    });
    this.recorder.start();
    // A little before the limit: what is recorded while it stops counts as well.
    this.limit = setTimeout(() => this.stop(), 1000 * (longest_s - 0.5));
  }

  stop() {
    if (this.recorder.state !== 'inactive') this.recorder.stop();
  }
}

// Plays a curve as a tone. @returns a function that ends it
function playCurve(curve, tell, ended) {
  const context = new AudioContext(), tone = context.createOscillator(), loudness = context.createGain();
  tone.type = 'triangle';
  loudness.gain.value = 0;
  tone.connect(loudness).connect(context.destination);
  const begin = context.currentTime + 0.05;
  curve.semitones.forEach((pitch, i) => {
    const at = begin + i * curve.hop_s;
    loudness.gain.setTargetAtTime(pitch === null ? 0 : 0.25, at, 0.015);
    if (pitch !== null) tone.frequency.setValueAtTime(440 * 2 ** ((pitch - 69) / 12), at);
  });
  const length = curve.semitones.length * curve.hop_s;
  const stopFrames = eachFrame(() => tell((context.currentTime - begin) / length));
  tone.onended = () => { stopFrames(); tell(null); context.close(); ended(); };
  tone.start(begin);
  tone.stop(begin + length + 0.05);
  return () => tone.stop();
}
)js";

}  // namespace melomine::service
