#pragma once

#include <cstddef>
#include <string_view>

namespace melomine::dsp {

/// Bytes of a file's beginning that begins_as_midi wants to see.
constexpr size_t kMidiHeadBytes = 132;

/// Whether a file that begins so is a standard MIDI file, bare or wrapped.
bool begins_as_midi(std::string_view head);

/// The standard MIDI file inside a wrapper, RIFF MIDI (.rmi) or MacBinary; other bytes as they are.
std::string_view unwrap_midi(std::string_view bytes);

}  // namespace melomine::dsp
