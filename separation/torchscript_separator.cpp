#include "separation/torchscript_separator.h"

#include <fmt/format.h>
#include <torch/script.h>
#include <torch/torch.h>

#include <cmath>
#include <span>
#include <vector>

#include "core/error.h"
#include "core/sha256.h"
#include "core/text.h"
#include "dsp/sinc_resample.h"
#include "models/torch_compat.h"
#include "separation/chunks.h"

namespace melomine::separation {
namespace {

class TorchscriptKind : public configs::KindOf<TorchscriptKind, SeparatorKind, TorchscriptConfig> {
 public:
  std::unique_ptr<Separator> make(const SeparatorContext&) const override {
    return std::make_unique<TorchscriptSeparator>(config);
  }
  std::vector<std::pair<std::string, std::string>> identity() const override {
    if (!std::filesystem::is_regular_file(config.module))
      throw ConfigError(fmt::format("separate.module: there is no file {}", config.module.string()));
    return {{"module_sha256", sha256_of_file(config.module)},
            {"sample_rate_hz", std::to_string(config.sample_rate_hz)},
            {"dimensions", std::to_string(config.dimensions)},
            {"chunk_s", format_number(config.chunk_s)},
            {"overlap_s", format_number(config.overlap_s)}};
  }
};

/// What a module's failure says, without the trace through the interpreter: the last line that says
/// something.
std::string last_line(const std::string& message) {
  const size_t end = message.find_last_not_of("\n ");
  if (end == std::string::npos) return "failed without a message";
  const size_t begin = message.rfind('\n', end);
  return message.substr(begin == std::string::npos ? 0 : begin + 1,
                        end + 1 - (begin == std::string::npos ? 0 : begin + 1));
}

std::vector<float> resampled(std::span<const float> samples, double from_hz, double to_hz, int64_t count) {
  return dsp::sinc_resample(samples, from_hz / to_hz, count);
}

}  // namespace

void bind(configs::Binder& b, TorchscriptConfig& c) {
  b.path("module", c.module,
         "file of a TorchScript module that takes a mix and returns its voice, float of the same shape");
  b.integer("sample_rate_hz", c.sample_rate_hz, configs::between(0, 384000),
            "sample rate that the module was made for, Hz; 0: the shards'");
  b.integer("dimensions", c.dimensions, configs::between(2, 3),
            "of its input and output: 2 for [1, samples], 3 for [1, 1, samples]");
  b.number("chunk_s", c.chunk_s, configs::above(0),
           "longer recordings are cut into chunks of this length, s");
  b.number("overlap_s", c.overlap_s, configs::at_least(0),
           "neighbouring chunks share at least this much, one fading into the other, s");
  b.text("device", c.device, "cpu, cuda, cuda:1, …");
  b.require(2 * c.overlap_s <= c.chunk_s, "overlap_s", "must be at most half of chunk_s");
  b.require(!c.module.empty(), "module", "must name a file");
}

configs::KindEntry torchscript_kind() {
  return configs::kind<TorchscriptKind>("torchscript", "a TorchScript module, from its file");
}

struct TorchscriptSeparator::State {
  torch::Device device;
  mutable torch::jit::Module module;  // forward is not const

  static torch::jit::Module load(const std::filesystem::path& path, torch::Device device) {
    try {
      torch::jit::Module module = torch::jit::load(path.string(), device);
      module.eval();
      return module;
    } catch (const c10::Error&) {
      throw ConfigError(fmt::format(
          "separate.module: {} is no TorchScript module (torch.jit.save writes them)", path.string()));
    }
  }

  std::vector<float> forward(std::span<const float> chunk, int64_t dimensions) const {
    const torch::InferenceMode no_gradients;
    const auto count = static_cast<int64_t>(chunk.size());
    const std::vector<int64_t> shape =
        dimensions == 2 ? std::vector<int64_t>{1, count} : std::vector<int64_t>{1, 1, count};
    const torch::Tensor mix =
        torch::from_blob(const_cast<float*>(chunk.data()), shape, torch::kFloat32).to(device, false, true);
    torch::IValue out;
    try {
      out = module.forward({mix});
    } catch (const std::exception& e) {  // c10::Error, and what the module itself raises
      throw DataError("the module failed: " + last_line(e.what()));
    }
    if (!out.isTensor() || !out.toTensor().is_floating_point())
      throw DataError("the module returned no tensor of floats");
    if (out.toTensor().sizes() != torch::IntArrayRef(shape))
      throw DataError(fmt::format("the module returned shape [{}] for [{}]",
                                  fmt::join(out.toTensor().sizes().vec(), ", "), fmt::join(shape, ", ")));
    const torch::Tensor voice = out.toTensor().to(torch::kCPU, torch::kFloat32).contiguous();
    return {voice.data_ptr<float>(), voice.data_ptr<float>() + count};
  }
};

TorchscriptSeparator::TorchscriptSeparator(TorchscriptConfig config) : config_(std::move(config)) {
  if (!std::filesystem::is_regular_file(config_.module))
    throw ConfigError(fmt::format("separate.module: there is no file {}", config_.module.string()));
  const torch::Device device = models::parse_device(config_.device);
  state_ = std::make_unique<State>(State{device, State::load(config_.module, device)});
}
TorchscriptSeparator::~TorchscriptSeparator() = default;

dsp::AudioBuffer TorchscriptSeparator::separate(const dsp::AudioBuffer& mix) const {
  const auto length = static_cast<int64_t>(mix.samples.size());
  if (length == 0) return mix;
  const double here_hz = mix.sample_rate_hz;
  const double there_hz = config_.sample_rate_hz > 0 ? static_cast<double>(config_.sample_rate_hz) : here_hz;
  const bool converts = there_hz != here_hz;
  const auto count = static_cast<int64_t>(std::llround(static_cast<double>(length) * there_hz / here_hz));
  const std::vector<float> samples =
      converts ? resampled(mix.samples, here_hz, there_hz, std::max<int64_t>(count, 1)) : mix.samples;
  std::vector<float> voice =
      in_chunks(samples, std::max<int64_t>(1, std::llround(config_.chunk_s * there_hz)),
                std::llround(config_.overlap_s * there_hz),
                [&](std::span<const float> chunk) { return state_->forward(chunk, config_.dimensions); });
  if (converts) voice = resampled(voice, there_hz, here_hz, length);
  return {std::move(voice), mix.sample_rate_hz};
}

}  // namespace melomine::separation
