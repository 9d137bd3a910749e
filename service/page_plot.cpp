#include "service/page.h"

namespace melomine::service {

// The hum, moved by the transposition that was found, over the song, each on its own time axis.
const char* const kPlotScript = R"js(
const SVG = 'http://www.w3.org/2000/svg';
const PLOT = {height: 230, left: 36, right: 22, top: 34, bottom: 34};

function svg(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

function clock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  return Math.floor(whole / 60) + ':' + String(whole % 60).padStart(2, '0');
}

// A path of what is sung: a gap where nothing is.
function curvePath(points) {
  let path = '', drawing = false;
  for (const [x, y] of points) {
    if (y === null) { drawing = false; continue; }
    path += (drawing ? 'L' : 'M') + x.toFixed(1) + ' ' + y.toFixed(1);
    drawing = true;
  }
  return path;
}

// Seconds between two ticks of which at most `most` have room.
function timeStep(seconds, most) {
  return [0.5, 1, 2, 5, 10, 20].find(step => seconds / step <= most) || 30;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.length ? sorted[sorted.length >> 1] : 0;
}

// [time as a share of the stretch, pitch or null] of a curve that begins at time `begin`.
function within(curve, begin, start, end, shift) {
  const points = [];
  curve.semitones.forEach((pitch, i) => {
    const share = (begin + (i + 0.5) * curve.hop_s - start) / (end - start);
    if (share >= -0.001 && share <= 1.001) points.push([share, pitch === null ? null : pitch + shift]);
  });
  return points;
}

function drawAxes(plot, width, song, low, high, middle, y, x) {
  const {left, right, top, bottom, height} = PLOT;
  const rows = Math.max(1, Math.ceil((high - low) / 5));
  for (let step = Math.ceil((low - middle) / rows) * rows; step <= high - middle; step += rows) {
    plot.append(svg('line', {class: 'grid', x1: left, x2: width - right, y1: y(middle + step), y2: y(middle + step)}));
    plot.append(svg('text', {x: left - 6, y: y(middle + step) + 4, 'text-anchor': 'end'},
                    (step > 0 ? '+' : step < 0 ? '\u2212' : '') + Math.abs(step)));
  }
  const axes = [[song.start_s, song.end_s, top - 8, 'time in the song'],
                [song.query_start_s, song.query_end_s, height - bottom + 16, 'time in the hum, s']];
  axes.forEach(([begin, end, at, name], row) => {
    const step = timeStep(end - begin, width / 80);
    for (let n = Math.ceil(begin / step); n * step <= end; ++n) {
      const time = n * step, place = x((time - begin) / (end - begin));
      const text = row === 0 ? (step < 1 ? clock(Math.floor(time)) + (time % 1 ? '.5' : '.0') : clock(time)) : String(time);
      plot.append(svg('text', {x: place, y: at, 'text-anchor': 'middle'}, text));
      const tick = row === 0 ? [top - 4, top] : [height - bottom, height - bottom + 4];
      plot.append(svg('line', {class: 'grid', x1: place, x2: place, y1: tick[0], y2: tick[1]}));
    }
    plot.append(svg('text', {x: width - right, y: row === 0 ? 11 : height - 4, 'text-anchor': 'end'}, name));
  });
  plot.append(svg('text', {x: 6, y: 11}, 'semitones'));
}

// @param width  of its place
// @returns the drawing, with setCursor(share of the stretch, or null)
function drawCurves(song, hum, curve, width) {
  const {left, right, top, bottom, height} = PLOT;
  const of_song = within(curve, song.start_s, song.start_s, song.end_s, 0);
  const of_hum = within(hum, 0, song.query_start_s, song.query_end_s, song.transposition_semitones || 0);
  const pitches = [...of_song, ...of_hum].map(point => point[1]).filter(pitch => pitch !== null);
  const middle = Math.round(median(pitches));
  // A slip of the pitch tracker by an octave must not flatten the tune.
  const sorted = [...pitches].sort((a, b) => a - b);
  const at = share => sorted.length ? sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] : middle;
  const low = Math.min(at(0.01), middle - 3) - 1, high = Math.max(at(0.99), middle + 3) + 1;
  const x = share => left + share * (width - left - right);
  const y = pitch => top + (high - Math.min(high, Math.max(low, pitch))) / (high - low) * (height - top - bottom);
  const plot = svg('svg', {class: 'plot', viewBox: `0 0 ${width} ${height}`, role: 'img'});
  plot.append(svg('title', {}, 'The melody of the song at the place found, and the hum over it'));
  drawAxes(plot, width, song, low, high, middle, y, x);
  const placed = points => points.map(([share, pitch]) => [x(share), pitch === null ? null : y(pitch)]);
  plot.append(svg('path', {class: 'song-line', d: curvePath(placed(of_song))}));
  plot.append(svg('path', {class: 'hum-line', d: curvePath(placed(of_hum))}));
  const cursor = svg('line', {class: 'cursor', y1: top, y2: height - bottom, x1: left, x2: left, visibility: 'hidden'});
  plot.append(cursor);
  const setCursor = share => {
    const shown = share !== null && share >= 0 && share <= 1;
    cursor.setAttribute('visibility', shown ? 'visible' : 'hidden');
    if (shown) { cursor.setAttribute('x1', x(share)); cursor.setAttribute('x2', x(share)); }
  };
  return {plot, setCursor};
}
)js";

}  // namespace melomine::service
