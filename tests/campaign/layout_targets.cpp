#include <map>

#include "core/atomic_file.h"
#include "layouts/known_layouts.h"
#include "layouts/mirex_lists.h"
#include "service/request_head.h"
#include "tests/campaign/target.h"

namespace melomine::campaign {
namespace {

namespace fs = std::filesystem;

using Files = std::map<std::string, std::string>;

/// A published set by its name. @param lists  the files that are read; audio is never opened
Target layout(const std::string& name, const Files& lists, const std::vector<std::string>& audio,
              const std::string& split = "", const std::string& root = "") {
  return {.family = "lists",
          .name = name + (split.empty() ? "" : "_" + split),
          .make =
              [lists, audio](const fs::path& folder) {
                std::vector<fs::path> files;
                for (const auto& [file, content] : lists) {
                  write_file_atomically(folder / file, content);
                  files.push_back(folder / file);
                }
                for (const std::string& file : audio) write_file_atomically(folder / file, "x");
                return files;
              },
          .read =
              [name, split, root](const fs::path& folder, const fs::path&) {
                layouts::read_layout(name, {.root = root.empty() ? folder : folder / root,
                                            .audio = folder / "audio",
                                            .split = split});
              },
          .words = {"\t",
                    "\n",
                    "\r",
                    ",",
                    ";",
                    "\"",
                    "{",
                    "}",
                    "[",
                    "]",
                    ":",
                    "/",
                    "\\",
                    "../",
                    "\xff\xfe",
                    "\x81\x5C",
                    "null",
                    "7",
                    "https://youtu.be/x",
                    "\xEF\xBB\xBF"}};
}

Target mirex_lists() {
  Target target =
      layout("mirex_lists",
             {{"queries.txt", "a.wav\twork1\nb.wav\n"}, {"collection.txt", "a.wav\nsub\\b.wav\nnone\n"}},
             {"a.wav", "sub/b.wav"});
  target.read = [](const fs::path& folder, const fs::path&) {
    layouts::read_mirex_lists(folder / "queries.txt", folder / "collection.txt");
  };
  return target;
}

Target request_head() {
  Target target =
      layout("request_head",
             {{"request",
               "POST /api/search HTTP/1.1\r\nHost: localhost:8080\r\nOrigin: http://localhost:8080\r\n"
               "Content-Type: audio/wav\r\nContent-Length: 1000\r\n\r\n"}},
             {});
  target.family = "http";
  target.read = [](const fs::path&, const fs::path& file) {
    service::check_head(read_file(file), {.host = "localhost", .known_as = "", .max_body_bytes = 1000000});
  };
  target.words = {"\r\n",
                  "\n",
                  ":",
                  "Host: ",
                  "Content-Length: ",
                  "Transfer-Encoding: chunked",
                  "Content-Encoding: gzip",
                  "Expect: 100-continue",
                  "GET ",
                  " HTTP/1.1",
                  "%00",
                  "../",
                  "\t"};
  return target;
}

std::vector<Target> sets_of_covers() {
  return {
      layout(
          "shs100k",
          {{"list",
            "0\t0\tIt's "
            "\"quoted\"\tA\thttps://www.youtube.com/watch?v=-ab_c\t1\n0\t1\tT\tB\thttps://youtu.be/xyz\t1\n"},
           {"SHS100K-TEST", "0\t0\n0\t1\nodd\n"}},
          {"audio/-a/-ab_c.mp3"}, "test"),
      layout("datacos",
             {{"da-tacos_metadata/da-tacos_benchmark_subset_metadata.json",
               R"({"W_14": {"P_40": {"work_title": "T"}, "P_41": {}}, "W_2": {"P_5": {}}, "W_3": []})"}},
             {"audio/x/P_40.mp3"}),
      layout("covers80",
             {{"list1.list", "A_Song/a+x+01-A.B\nOther/c+y+02-C\n"},
              {"list2.list", "A_Song\\b+x+03-A\nOther/d+y+04-C\n"}},
             {"covers32k/A_Song/a+x+01-A.B.mp3"}),
      layout("coverhunter",
             {{"dataset.txt",
               R"({"utt": "cover80_0", "wav": "wavs/a.wav", "dur_s": 1.5, "song": "s1", "version": "v"}
{"perf": 7, "wav": "/elsewhere/b.wav", "dur_s": 2, "work_id": 12}
)"}},
             {"audio/b.wav"}, "", "dataset.txt"),
      layout(
          "discogs_vi",
          {{"light.json",
            R"({"c2": [{"version_id": "v3", "track_title": "T", "youtube_id": "-x_y"}], "c1": [{"version_id": "v1", "youtube_id": "abc"}, {}], "c3": 7})"}},
          {"audio/ab/abc.mp4"}, "", "light.json"),
      layout(
          "discogs_vi",
          {{"whole.jsonl",
            R"({"clique_id":"c1","versions":[{"version_id":"v1","tracks":[{"video_youtube_query":"https://www.youtube.com/watch?v=one"}]},{"version_id":"v2","youtube_video":[{"url":"https://youtu.be/two?t=1"}]}]})"
            "\n{\"clique_id\":\"c2\"}\n"}},
          {"audio/one.m4a"}, "lines", "whole.jsonl"),
  };
}

std::vector<Target> sets_of_hums() {
  return {
      layout("hum2song",
             {{"train/train_meta.csv",
               "music_id,song_path,hum_path\n007,train/song/0001.mp3,train/hum/0001.mp3\n8,song/0003.mp3,hum/"
               "0003.mp3\n"}},
             {"train/hum/0001.mp3", "train/song/0001.mp3"}),
      layout("ioacas",
             {{"IOACAS_pt1/midi.list", "midi\\0001.mid\t\xB0\xA1\xB0\xA2\nmidi/0002.mid\t\x81\x5C\n"},
              {"IOACAS_pt1/query.list", "wav\\a.wav\t0001\nwav/b.wav\tmidi\\0002.mid\n"}},
             {"IOACAS_pt1/midi/0001.mid", "IOACAS_pt1/wav/a.wav"}),
      layout("mir_qbsh",
             {{"midiFile/songList.txt", "00001\tLittle bee\t\xB3\x5C\xA4\xA4\t2\n00002\t-\t\xA4\xA4\t1\n"}},
             {"midiFile/00001.mid", "waveFile/year2003/person00001/00001.wav"}),
      layout("mir_st500",
             {{"MIR-ST500_link.json",
               R"({"1": "https://www.youtube.com/watch?v=one", "2": "https://youtu.be/two", "x": 3})"}},
             {"audio/train/1/Mixture.mp3"}),
      layout("mlend",
             {{"MLEndHWD_audio_attributes_benchmark.csv",
               "filename,Interpreter,Song,Interpretation\n0001.wav,S1,Potter,Hum\n0002.wav,S2,Potter,"
               "Whistle\n"}},
             {"MLEndHWD_audiofiles/0001.wav"}),
      layout(
          "humtrans",
          {{"train_valid_test_keys.json",
            R"({"TRAIN": ["F01_0005_0001_1"], "VALID": [], "TEST": ["F01_0006_0001_1", "M02_0006_0001_2_DD", 7]})"}},
          {"all_wav/F01_0006_0001_1.wav"}, "test"),
      layout("mtg_qbh",
             {{"Queries.csv",
               "Query ID ,Filename   ,Class label, Title\r1 ,q1.wav   , 12 , \"Help, me\"\r2 ,q2.wav,7,B\r"},
              {"Collection_Canonicals.csv",
               "Class label,Title,Artist,Canonical\r\n12,Help,X,YES\r\n7,B,Y,YES\r\n"}},
             {"q1.wav", "audio/12.mp3"}),
      mirex_lists(),
      request_head(),
  };
}

}  // namespace

std::vector<Target> layout_targets() {
  std::vector<Target> targets = sets_of_covers();
  for (const Target& target : sets_of_hums()) targets.push_back(target);
  return targets;
}

}  // namespace melomine::campaign
