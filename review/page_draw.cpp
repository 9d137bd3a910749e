#include "review/page.h"

namespace melomine::review {

// A side's waveform with its pitch over it, and the other side's pitch, moved to its key, behind that.
const char* const kDrawScript = R"js(
const SVG = 'http://www.w3.org/2000/svg';
const PLOT = {width: 860, height: 130};

function svg(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function clock(seconds) {
  const tenths = Math.max(0, Math.round(10 * seconds));
  return Math.floor(tenths / 600) + ':' + String(Math.floor(tenths / 10) % 60).padStart(2, '0') + '.' + tenths % 10;
}

function median(values) {
  const sorted = values.filter(value => value !== null).sort((a, b) => a - b);
  return sorted.length ? sorted[sorted.length >> 1] : 0;
}

// A path of what is sung, spread over the width: a gap where nothing is.
function curvePath(semitones, shift, y) {
  let path = '', drawing = false;
  semitones.forEach((pitch, i) => {
    if (pitch === null) { drawing = false; return; }
    const x = (i + 0.5) / semitones.length * PLOT.width;
    path += (drawing ? 'L' : 'M') + x.toFixed(1) + ' ' + y(pitch + shift).toFixed(1);
    drawing = true;
  });
  return path;
}

function wavePath(peaks) {
  const middle = PLOT.height / 2, step = PLOT.width / Math.max(1, peaks.length);
  return peaks.map((peak, i) => {
    const half = Math.max(0.5, peak * (middle - 4));
    return 'M' + (i * step).toFixed(1) + ' ' + (middle - half).toFixed(1) + 'h' + (step * 0.8).toFixed(2) + 'v' + (2 * half).toFixed(1) +
           'h-' + (step * 0.8).toFixed(2) + 'z';
  }).join('');
}

// @returns the drawing, with setCursor(share of the side, or null)
function drawSide(side, other, name) {
  const middle = median(side.semitones), shift = middle - median(other.semitones);
  // A slip of the tracker by an octave must not flatten the tune.
  const near = side.semitones.filter(pitch => pitch !== null && Math.abs(pitch - middle) < 13).map(pitch => pitch - middle);
  const reach = Math.max(4, ...near.map(Math.abs)) + 1;
  const y = pitch => {
    const place = Math.max(-reach, Math.min(reach, pitch - middle));
    return PLOT.height / 2 - place / reach * (PLOT.height / 2 - 6);
  };
  const plot = svg('svg', {class: 'drawn', viewBox: '0 0 ' + PLOT.width + ' ' + PLOT.height, role: 'img',
                           'aria-label': 'Waveform and pitch'});
  plot.append(svg('path', {class: 'wave', d: wavePath(side.peaks)}));
  plot.append(svg('path', {class: 'other ' + (name === 'original' ? 'place' : 'original'), d: curvePath(other.semitones, shift, y)}));
  plot.append(svg('path', {class: 'curve ' + name, d: curvePath(side.semitones, 0, y)}));
  const cursor = svg('line', {class: 'cursor', x1: 0, x2: 0, y1: 0, y2: PLOT.height, visibility: 'hidden'});
  plot.append(cursor);
  const setCursor = share => {
    cursor.setAttribute('visibility', share === null ? 'hidden' : 'visible');
    if (share === null) return;
    const x = Math.max(0, Math.min(1, share)) * PLOT.width;
    cursor.setAttribute('x1', x);
    cursor.setAttribute('x2', x);
  };
  return {plot, setCursor};
}
)js";

}  // namespace melomine::review
