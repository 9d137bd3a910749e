#include "embedding/device_hum.h"

#include <vector>

#include "datasets/hum_filter.h"

namespace melomine::embedding {
namespace {

/// Frames of which linear prediction and filters are computed at once.
constexpr int64_t kFramesAtOnce = 1 << 16;

/// Coefficients a[0] = 1 … a[order] of the inverse filters by Levinson and Durbin.
/// @param r  float64 [frames, order + 1] autocorrelations, r[0] > 0 @returns the same shape
torch::Tensor inverse_filters(const torch::Tensor& r) {
  auto a = torch::zeros_like(r);
  a.select(1, 0).fill_(1);
  auto error = r.select(1, 0).clone();
  for (int64_t i = 1; i < r.size(1); ++i) {
    const auto known = a.narrow(1, 0, i);
    const auto sum = (known * r.narrow(1, 1, i).flip(1)).sum(1);
    const auto k = -sum / error;
    a.narrow(1, 0, i + 1).add_(k.unsqueeze(1) * a.narrow(1, 0, i + 1).flip(1));
    error.mul_(1 - k.square());
  }
  return a;
}

/// Two one-pole filters one behind the other, as a matrix of a frame: out = in · matrix.
/// @param poles  float64 [n] @returns float32 [n, frame, frame]
torch::Tensor darkening(const torch::Tensor& poles, int64_t frame) {
  const auto moments = torch::arange(frame, poles.options());
  const auto delay = moments.unsqueeze(0) - moments.unsqueeze(1);  // [in, out]
  const auto pole = poles.view({-1, 1, 1});
  const auto response = (1 - pole).square() * (delay + 1) * pole.pow(delay.clamp_min(0));
  return (response * (delay >= 0)).to(torch::kFloat32);
}

/// What linear prediction leaves of frames. @param sources  [frames, order + frame], the samples before each
/// frame with it @param a  [frames, order + 1] @returns [frames, frame]
torch::Tensor residuals(const torch::Tensor& sources, const torch::Tensor& a, int64_t frame) {
  const int64_t order = a.size(1) - 1;
  auto sum = torch::zeros({sources.size(0), frame}, sources.options());
  for (int64_t j = 0; j <= order; ++j) sum.addcmul_(a.narrow(1, j, 1), sources.narrow(1, order - j, frame));
  return sum;
}

/// The frames of clips, filtered. @param sources  [n, frames, order + frame] @returns [n, frames, frame]
torch::Tensor filtered_frames(const torch::Tensor& sources, const datasets::HumFrames& frames,
                              const torch::Tensor& poles) {
  const int64_t frame = frames.frame, order = frames.order;
  const auto window = torch::tensor(frames.window).to(sources.device());
  const auto flat = sources.flatten(0, 1);
  const auto windowed = flat.narrow(1, order, frame) * window;
  std::vector<torch::Tensor> correlations;
  for (int64_t lag = 0; lag <= order; ++lag)
    correlations.push_back(
        (windowed.narrow(1, lag, frame - lag) * windowed.narrow(1, 0, frame - lag)).sum(1));
  const auto r = torch::stack(correlations, 1).to(torch::kFloat64);
  const auto silent = r.select(1, 0) <= 0;
  r.select(1, 0).mul_(1 + datasets::kHumWhiteNoise).masked_fill_(silent, 1);
  const auto a = inverse_filters(r).to(torch::kFloat32);
  const auto left = residuals(flat, a, frame).view({sources.size(0), sources.size(1), frame});
  const auto dark = torch::bmm(left, darkening(poles, frame)) * window;
  const auto power = dark.square().sum(2);
  const auto level = (r.select(1, 0).to(torch::kFloat32).view_as(power) / power).sqrt();
  return dark * level.masked_fill((power <= 0) | silent.view_as(power), 0).unsqueeze(2);
}

}  // namespace

torch::Tensor hummed(const torch::Tensor& clips, const EffectCall& call) {
  std::vector<int64_t> sung;
  std::vector<double> poles;
  datasets::HumFrames frames;
  for (size_t r = 0; r < call.kinds.size(); ++r)
    if (is_sung(call.kinds[r])) {
      frames = datasets::hum_frames(call.drawn.numbers[r][0], call.sample_rate_hz);
      sung.push_back(static_cast<int64_t>(r));
      poles.push_back(static_cast<double>(frames.pole));
    }
  if (sung.empty()) return clips;
  const int64_t frame = frames.frame, hop = frame / 2, count = clips.size(1);
  const int64_t hops = (count + hop - 1) / hop + 1;  // the first begins before the clip
  const auto rows = torch::tensor(sung, torch::kInt64).to(clips.device());
  const auto padded =
      torch::constant_pad_nd(clips.index_select(0, rows), {hop + frames.order, hops * hop - count});
  const auto sources = padded.unfold(1, frames.order + frame, hop);
  const auto pole = torch::tensor(poles, torch::kFloat64).to(clips.device());
  std::vector<torch::Tensor> done;
  const int64_t at_once = std::max<int64_t>(1, kFramesAtOnce / hops);
  for (int64_t begin = 0; begin < sources.size(0); begin += at_once) {
    const int64_t some = std::min(at_once, sources.size(0) - begin);
    const auto made = filtered_frames(sources.narrow(0, begin, some), frames, pole.narrow(0, begin, some));
    // The second half of each frame lies on the first of the next.
    done.push_back(
        (made.narrow(1, 0, hops - 1).narrow(2, hop, hop) + made.narrow(1, 1, hops - 1).narrow(2, 0, hop))
            .flatten(1)
            .narrow(1, 0, count));
  }
  return clips.index_copy(0, rows, torch::cat(done));
}

}  // namespace melomine::embedding
