#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dsp/audio_buffer.h"
#include "dsp/midi.h"
#include "evaluation/evaluation_sources.h"
#include "evaluation/query_table.h"
#include "layouts/checklist.h"
#include "retrieval/metrics.h"

namespace melomine::evaluation {

/// A recording or a score that takes part in an evaluation, loaded when it is its turn. Both functions may be
/// called from several threads at once for different items.
struct EvaluationItem {
  std::string id;
  std::function<dsp::AudioBuffer()> audio;        ///< what the model hears
  std::function<std::vector<dsp::Note>()> notes;  ///< a score: its contour needs no f0 tracker; may be empty
  /// What loading the audio mended, in words, from the first time on; "" where that was nothing. Shared by
  /// copies; null where nothing is ever mended.
  std::shared_ptr<const std::string> repairs = nullptr;
  std::string title = {};       ///< "" where nothing tells it
  std::string youtube_id = {};  ///< "" where nothing tells it
};

enum class ItemRole { kQuery, kReference };

/// A query or reference that takes no part.
struct BrokenItem {
  ItemRole role = ItemRole::kQuery;
  std::string id;
  std::string reason;  ///< "refs.csv: line 3: a.mp3: truncated: …"
};

/// A query or reference that takes part as it was mended.
struct RepairedItem {
  ItemRole role = ItemRole::kQuery;
  std::string id;
  std::string text;  ///< "1 gap of 2.00 s in all filled with silence, the first at 3.10 s"
};

/// Queries, what they are matched with, and what counts as found.
struct EvaluationSet {
  std::string name;
  MatchQueriesWith match_with = MatchQueriesWith::kReferences;
  std::vector<EvaluationItem> queries;
  std::vector<EvaluationItem> references;  ///< empty where the queries are matched with each other
  /// [queries] indices among the candidates: what is right, at least one each, and what is no candidate.
  std::vector<retrieval::Relevance> relevance;
  /// [queries] the song that a query is of, for intervals over songs; empty: each query is of its own.
  std::vector<std::string> songs;
  std::vector<std::string> left_out;        ///< queries that a table has and that cannot be asked
  std::vector<std::string> files_left_out;  ///< in folders of references, no audio or MIDI files
  std::vector<BrokenItem> broken;           ///< taken out by leave_out_broken
  EvaluationSources sources;                ///< what it was read from
  /// Of a published set what of it is there; none for tables.
  std::optional<layouts::Checklist> availability = {};
  /// Metrics that the report's table shows, which are those that papers report for it; empty: the usual ones.
  std::vector<std::string> shown_metrics = {};
  /// [references] what each stands for: those of one name are one candidate, at the best score of them.
  /// Empty: each for itself. For sets without `excluded`.
  std::vector<std::string> folds = {};

  /// What a query is matched with.
  const std::vector<EvaluationItem>& candidates() const {
    return match_with == MatchQueriesWith::kEachOther ? queries : references;
  }
  /// The items that were mended when they were loaded: of a set that was not searched yet, none.
  std::vector<RepairedItem> repaired() const;
};

/// What tables say: queries (query, reference_id and/or group, also) and what they are matched with.
struct EvaluationTables {
  std::filesystem::path queries;
  std::vector<std::filesystem::path> references;  ///< tables or folders (reference_id, path, also)
  Omissions omissions = {};
  std::vector<std::filesystem::path> imposters = {};  ///< the same; right for no query
  int64_t most_imposters = 0;                         ///< the first so many by their ids; 0: all
};

/// An item whose audio or notes are read from a file when it is its turn.
/// @param place   what names the file, for messages: "refs.csv: line 3"
/// @param broken  whether messages say how to go on without it
EvaluationItem item_of_file(std::string id, const std::filesystem::path& path, const std::string& place,
                            BrokenItems broken);

/// Keeps the first `most` references by their ids; 0 keeps all.
void keep_first(ReferenceTable& references, int64_t most);

/// The queries against the references. Audio is whatever FFmpeg decodes; MIDI files, told by their content,
/// are heard through synth::render_melody. Nothing is decoded yet; an item that fails later says which line
/// of which table named it. Where broken items are left out the set is to be given to leave_out_broken
/// (evaluation/broken_items.h) before it is evaluated.
/// @throws DataError naming file and line (read_queries, read_references)
EvaluationSet read_reference_set(const EvaluationTables& tables);

/// The queries against each other: every other query of a group is right, a query is no candidate for itself.
/// @param broken  with kAreLeftOut the set is to be given to leave_out_broken, too
/// @throws DataError naming file and line (read_queries)
EvaluationSet read_each_other_set(const std::filesystem::path& queries,
                                  BrokenItems broken = BrokenItems::kAreErrors);

}  // namespace melomine::evaluation
