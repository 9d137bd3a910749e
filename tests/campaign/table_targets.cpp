#include <cmath>
#include <stdexcept>

#include "core/atomic_file.h"
#include "core/csv.h"
#include "datasets/fragment_groups.h"
#include "datasets/ingest_state.h"
#include "datasets/songs_table.h"
#include "datasets/time_map.h"
#include "evaluation/query_table.h"
#include "experiments/leaks.h"
#include "library/song_table.h"
#include "pitch/contour_table.h"
#include "regeneration/fetch_state.h"
#include "regeneration/wanted.h"
#include "review/crowd_answers.h"
#include "service/verdict_table.h"
#include "tests/campaign/target.h"

namespace melomine::campaign {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kWords = {
    ",",    "\"",   "\"\"",         "\n",     "\r\n",    "\r",
    "\t",   ";",    "\xEF\xBB\xBF", "\xff",   "nan",     "inf",
    "True", "NA",   "original",     "cover",  "humming", "../",
    "/",    "=1+1", "\\",           "(0, 1)", "[1,2]",   "https://youtu.be/"};

constexpr const char* kFragments =
    "group_id,fragment_id,id,audio_type,youtube_id,interval,correlation,check_by_crowdsource,is_available,"
    "duration,"
    "path,recording_id,round,verdict,model_sha256,config_sha256,source_sha256\n"
    "g1,1,s1,original,dQw4w9WgXcQ,\"(0.509105, "
    "3.858548)\",1,False,True,3.349443,v/a.flac,a,1,relevant,m,c,s\n"
    "g1,1,s2,humming,,\"(0.482924, 4.426467)\",0.75,True,True,3.943544,h/b.flac,b,1,uncertain,m,c,s\n"
    "g2,1,s3,original,,\"(0.388614, 3.32041)\",1,False,True,2.931796,v/c.flac,c,1,relevant,m,c,s\n"
    "g2,1,s4,cover,,\"(1, 2)\",0.5,False,False,,v/d.flac,d,1,relevant,m,c,s\n";

/// One table, read by `read`. @param beside  files that it names
Target table(const std::string& name, const std::string& content,
             const std::function<void(const fs::path&)>& read, const std::vector<std::string>& beside = {}) {
  const auto make = [content, beside](const fs::path& folder) {
    for (const std::string& file : beside) write_file_atomically(folder / file, "x");
    write_file_atomically(folder / "table.csv", content);
    return std::vector<fs::path>{folder / "table.csv"};
  };
  return {.family = "csv",
          .name = name,
          .make = make,
          .read = [read](const fs::path&, const fs::path& file) { read(file); },
          .words = kWords};
}

void read_fragments(const fs::path& file) {
  const auto rows = datasets::read_fragment_table(file);
  for (const datasets::FragmentRow& row : rows)
    if (!(row.interval.start_s >= 0 && row.interval.end_s > row.interval.start_s))
      throw std::logic_error("an interval that is none");
  const fs::path again = file.string() + ".again";
  datasets::write_fragment_table(again, rows, datasets::TableColumns::kChadWithProvenance);
  if (datasets::read_fragment_table(again).size() != rows.size())
    throw std::logic_error("not read back as written");
}

void read_truth(const fs::path& file) {
  const datasets::Truth truth(datasets::read_truth_table(file));
  for (const datasets::TruthRow& row : truth.rows()) {
    if (!(row.original.duration_s() > 0 && row.recording.duration_s() > 0))
      throw std::logic_error("an empty interval");
    datasets::truth_time_map(truth.of(row.original_id, row.recording_id), {0, 10}, {0, 12});
  }
}

void read_songs(const fs::path& file) {
  const datasets::SongsTable songs = datasets::read_songs_table(file);
  datasets::write_songs_table(file.string() + ".again", songs.recordings);
  if (datasets::read_songs_table(file.string() + ".again").recordings.size() != songs.recordings.size())
    throw std::logic_error("not read back as written");
}

void read_journal(const fs::path& file) {
  datasets::IngestJournal journal(file);
  datasets::SourceRecord record;
  record.row = 1;
  record.reason = "a reason";
  journal.append(record);
}

void read_contour(const fs::path& file) {
  const auto track = pitch::resample_f0(pitch::read_timed_f0(file), 0.01, 400);
  for (const float f0_hz : track.f0_hz)
    if (!(f0_hz >= 0 && std::isfinite(f0_hz))) throw std::logic_error("a pitch that is none");
}

void read_verdicts(const fs::path& file) {
  fs::copy_file(file, file.parent_path() / service::kVerdictsFile, fs::copy_options::overwrite_existing);
  service::VerdictTable(file.parent_path(), 10).judge("0000000000000001", ".wav", "RIFF", "song-1");
}

void read_wanted(const fs::path& file) {
  const auto wanted = regeneration::read_wanted(file);
  for (const datasets::FragmentRow& row : wanted.rows)
    for (const fs::path& part : regeneration::fragment_path(row))
      if (part == ".." || part == "/") throw std::logic_error("a path out of its folder");
}

/// Tables that people and other programs write.
std::vector<Target> tables_of_users() {
  return {
      table("csv", "a,b,c\n1,\"two, three\",4.5\n\"x\"\"y\",,True\n",
            [](const fs::path& file) {
              const CsvTable rows = CsvTable::read(file);
              for (size_t row = 0; row < rows.size(); ++row)
                for (const std::string& column : rows.columns()) rows.text(row, column);
            }),
      table("songs",
            "recording_id,song_id,kind,path,title,artist,youtube_id,rendition\n"
            "a,s1,original,a.flac,A title,Someone,dQw4w9WgXcQ,mix\na,s1,original,v/a.flac,,,,vocals\n"
            "b,s1,cover,b.mp3,,,,\nc,s1,humming,c.wav,,,,\n",
            read_songs),
      table("fragments", kFragments, read_fragments),
      table("wanted", kFragments, read_wanted),
      table("truth",
            "song_id,original_id,recording_id,kind,original_start_s,original_end_s,recording_start_s,"
            "recording_end_s,transposition_semitones\n"
            "s1,a,b,cover,0.509105,4.081845,2.911222,6.500651,0.8156\n"
            "s1,a,b,cover,4.081845,4.528437,6.500651,6.951128,0.8156\n",
            read_truth),
  };
}

/// Tables that melomine keeps for itself, and what is evaluated.
std::vector<Target> other_tables() {
  return {
      table(
          "sources",
          "row,bytes,modified_ns,source_sha256,length,samples_sha256,reason,gaps,gap_s,first_gap_s,restarts,"
          "skipped_places,only_channel,recording_id,path\n"
          "0,56121,1795898556511939746,3ff8,12384,33ef,,0,0,0,0,0,0,a,a.flac\n"
          "1,-1,0,,0,,no such file,0,0,0,0,0,0,b,b.flac\n",
          [](const fs::path& file) { datasets::read_sources(file); }),
      table("journal",
            "row,bytes,modified_ns,source_sha256,length,samples_sha256,reason\n"
            "0,56121,1795898556511939746,3ff8,12384,33ef,\n",
            read_journal),
      table("queries", "query,reference_id,group,also\nq1.wav,r1,,r2\nq2.wav,r2,,\nq3.wav,,alone,\n",
            [](const fs::path& file) {
              std::vector<evaluation::ReferenceEntry> references = {
                  {.reference_id = "r1", .path = {}, .also = {}, .table = {}},
                  {.reference_id = "r2", .path = {}, .also = {}, .table = {}}};
              evaluation::read_queries(file, evaluation::MatchQueriesWith::kReferences, references);
            },
            {"q1.wav", "q2.wav", "q3.wav"}),
      table("groups_of_queries", "query,group\nq1.wav,a\nq2.wav,a\n",
            [](const fs::path& file) {
              evaluation::read_queries(file, evaluation::MatchQueriesWith::kEachOther, {});
            },
            {"q1.wav", "q2.wav"}),
      table("references", "reference_id,path,also,title\nr1,q1.wav,r2,One\nr2,q2.wav,,Two\n",
            [](const fs::path& file) { evaluation::read_references({file}); }, {"q1.wav", "q2.wav"}),
      table("contour",
            "time_s,f0_hz,voiced_probability\n0,220,0.9\n0.01,221,0.9\n0.02,,0.1\n0.03,nan,0\n2,440,1\n",
            read_contour),
      table("library_songs", "id,title,path,sha256,duration_s,steps,frames\na,A,/x/a.mp3,ff,12.5,40,120\n",
            [](const fs::path& file) { library::read_songs(file); }),
      table("fetch",
            "id,state,reason,message,attempts,last_try,sha256,duration_s\n"
            "a,done,,,1,2026-11-30T04:05:06Z,ff,12.5\nb,temporary,time_out,\"a, "
            "b\",2,2026-11-30T04:05:06Z,,0\n",
            [](const fs::path& file) { regeneration::FetchState(file).write(); }),
      table("answers", "task_id\tworker\tanswer\nt0001\tw1\tsame\nt0002\tw1\tdifferent\nt0001\tw2\tskip\n",
            [](const fs::path& file) { review::read_answers(file); }),
      table("judged_hums", "query,reference_id,group\nhums/1.wav,song-1,\nhums/2.wav,,none-of-them-2\n",
            read_verdicts),
      table("leaks",
            "kind,proof,evaluated,evaluated_in,trained,trained_in,alike,matched,bits,evaluated_s,trained_s,"
            "text\n"
            "audio,yes,a,set 'x',b,song 's',0.95,120,0,1.5,2.5,\ntitle,no,c,set 'x',d,song "
            "'s',1,0,0,0,0,love me\n",
            [](const fs::path& file) { experiments::read_leaks(file); }),
  };
}

}  // namespace

std::vector<Target> table_targets() {
  std::vector<Target> targets = tables_of_users();
  for (const Target& target : other_tables()) targets.push_back(target);
  return targets;
}

}  // namespace melomine::campaign
