#!/usr/bin/env bash
# Times `melomine ingest` against the ffmpeg command doing the same decoding and resampling on the same files, with the
# same number of files at once. Generates stereo 44.1 kHz MP3, AAC and FLAC files of music-like sound first.
# bench/ingest_speed.sh [files of each format, default 12] [minutes of each, default 4] [repetitions, default 3]
# Needs the ffmpeg command and GNU time. FOLDER (default a temporary one) keeps the files; MELOMINE names the binary.
set -euo pipefail
files="${1:-12}" minutes="${2:-4}" repetitions="${3:-3}"
melomine="${MELOMINE:-$(dirname "$0")/../build/release/cli/melomine}"
jobs="$(nproc)"
if [[ -z "${FOLDER:-}" ]]; then
  FOLDER="$(mktemp -d)"
  trap 'rm -rf "$FOLDER"' EXIT
fi

make_files() {
  local base="$FOLDER/base.wav"
  [[ -e "$FOLDER/songs_flac.csv" ]] && return
  local tone='0.2*sin(2*PI*220*(1+floor(mod(t,8))/12)*t)+0.1*sin(2*PI*440*(1+floor(mod(t*2,7))/12)*t)*exp(-3*mod(t,0.5))'
  ffmpeg -v error -y -f lavfi -i "aevalsrc='$tone+0.05*(random(0)-0.5)|$tone+0.05*(random(1)-0.5)':s=44100:d=60" "$base"
  local loops=$((minutes - 1))
  local -A codec=([mp3]="libmp3lame -b:a 192k" [m4a]="aac -b:a 160k" [flac]="flac")
  for format in mp3 m4a flac; do
    mkdir -p "$FOLDER/$format"
    # shellcheck disable=SC2086  # the codec's options are words
    ffmpeg -v error -y -stream_loop "$loops" -i "$base" -c:a ${codec[$format]} "$FOLDER/$format/1.$format"
    echo "recording_id,song_id,kind,path" >"$FOLDER/songs_$format.csv"
    for i in $(seq "$files"); do
      [[ "$i" == 1 ]] || cp "$FOLDER/$format/1.$format" "$FOLDER/$format/$i.$format"
      echo "$format$i,song$i,original,$format/$i.$format" >>"$FOLDER/songs_$format.csv"
    done
  done
}

# Prints wall seconds, processor seconds and the largest resident size in MB of a command.
measure() {
  /usr/bin/time -f "%e %U %S %M" -o "$FOLDER/time" "$@" >/dev/null 2>&1
  tail -1 "$FOLDER/time" | awk '{printf "%.2f %.2f %.0f\n", $1, $2 + $3, $4 / 1024}'
}

make_files
echo "format repetition tool wall_s cpu_s rss_mb"
for format in mp3 m4a flac; do
  for repetition in $(seq "$repetitions"); do
    echo "$format $repetition ffmpeg $(measure bash -c \
      "seq $files | xargs -P $jobs -I{} ffmpeg -v error -y -i $FOLDER/$format/{}.$format -ac 1 -ar 16000 -f s16le /dev/null")"
    rm -rf "$FOLDER/out"
    echo "$format $repetition melomine $(measure "$melomine" ingest "$FOLDER/songs_$format.csv" --out "$FOLDER/out")"
  done
done
