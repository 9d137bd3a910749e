#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace melomine::dsp {

/// Length of the tag that bytes begin with (ID3v1, TAG+, ID3v2, APEv2, Lyrics3), by its own header. It may go
/// on behind them. 0 = they begin with none
size_t tag_bytes(std::span<const uint8_t> bytes);

}  // namespace melomine::dsp
