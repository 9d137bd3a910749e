#include "models/checkpoint.h"

#include <sstream>
#include <vector>

#include "core/error.h"
#include "models/safetensors.h"
#include "models/torch_compat.h"

namespace melomine::models {
namespace {

constexpr size_t kNamesInMessage = 5;

const std::vector<std::pair<std::string, torch::ScalarType>>& dtypes() {
  static const std::vector<std::pair<std::string, torch::ScalarType>> list{
      {"F64", torch::kFloat64},   {"F32", torch::kFloat32}, {"F16", torch::kFloat16},
      {"BF16", torch::kBFloat16}, {"I64", torch::kInt64},   {"I32", torch::kInt32},
      {"I16", torch::kInt16},     {"I8", torch::kInt8},     {"U8", torch::kUInt8},
      {"BOOL", torch::kBool}};
  return list;
}

/// Names that do not fit, gathered so that one message tells all.
class Differences {
 public:
  void add(const std::string& name) {
    if (count_++ < kNamesInMessage) names_ += (names_.empty() ? "" : ", ") + name;
  }
  std::string text(const std::string& what) const {
    if (count_ == 0) return "";
    const auto rest =
        count_ > kNamesInMessage ? " and " + std::to_string(count_ - kNamesInMessage) + " more" : "";
    return "; " + what + ": " + names_ + rest;
  }

 private:
  size_t count_ = 0;
  std::string names_;
};

std::string shape_text(const torch::Tensor& tensor) {
  std::ostringstream text;
  text << tensor.sizes();
  return text.str();
}

/// @throws DataError unless `state` has exactly the names of `wanted`, with the same shapes and kinds
void check_same_tensors(const TensorMap& wanted, const TensorMap& state, std::string_view source) {
  Differences missing, unexpected, misshapen;
  for (const auto& [name, tensor] : wanted) {
    const auto found = state.find(name);
    if (found == state.end()) {
      missing.add(name);
    } else if (found->second.sizes() != tensor.sizes()) {
      misshapen.add(name + " " + shape_text(found->second) + " for " + shape_text(tensor));
    } else if (found->second.is_floating_point() != tensor.is_floating_point()) {
      misshapen.add(name + " " + std::string(c10::toString(found->second.scalar_type())) + " for " +
                    c10::toString(tensor.scalar_type()));
    }
  }
  for (const auto& entry : state)
    if (!wanted.count(entry.first)) unexpected.add(entry.first);
  const std::string wrong =
      missing.text("missing") + unexpected.text("unexpected") + misshapen.text("another shape or type");
  if (!wrong.empty()) throw DataError(source, "", "does not fit this network" + wrong);
}

template <class Function>
void for_adam_parameters(const torch::optim::Adam& optimizer, const torch::nn::Module& module,
                         Function function) {
  for (const auto& parameter : module.named_parameters()) {
    const auto& states = optimizer.state();
    const auto found = states.find(optimizer_state_key(parameter.value()));
    if (found != states.end())
      function(parameter.key(), static_cast<const torch::optim::AdamParamState&>(*found->second));
  }
}

/// The optimizer steps `parameter` if it is in one of its groups.
bool has_parameter(const torch::optim::Adam& optimizer, const torch::Tensor& parameter) {
  for (const auto& group : optimizer.param_groups())
    for (const auto& member : group.params())
      if (member.is_same(parameter)) return true;
  return false;
}

/// A copy with the parameter's own device and memory layout, so that stepping stays as fast.
torch::Tensor like(const torch::Tensor& parameter, const torch::Tensor& value) {
  return torch::empty_like(parameter, torch::MemoryFormat::Preserve).copy_(value).detach();
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint) {
  std::vector<torch::Tensor> kept;  // keeps contiguous copies alive until written
  std::vector<TensorView> views;
  for (const auto& [name, tensor] : checkpoint.tensors) {
    TensorView view;
    view.info.name = name;
    for (const auto& [word, type] : dtypes())
      if (type == tensor.scalar_type()) view.info.dtype = word;
    if (view.info.dtype.empty())
      throw DataError(path.string(), "tensor " + name,
                      std::string("cannot hold ") + c10::toString(tensor.scalar_type()));
    view.info.shape = tensor.sizes().vec();
    kept.push_back(tensor.detach().to(torch::kCPU).contiguous());
    view.data = kept.back().data_ptr();
    views.push_back(std::move(view));
  }
  write_safetensors(path, std::move(views), checkpoint.metadata);
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
  const SafetensorsHeader header = safetensors_header(path);
  Checkpoint checkpoint;
  checkpoint.metadata = header.metadata;
  for (const auto& info : header.tensors) {
    const torch::ScalarType* dtype = nullptr;
    for (const auto& [word, type] : dtypes())
      if (word == info.dtype) dtype = &type;
    if (dtype == nullptr)
      throw DataError(path.string(), "tensor " + info.name, "has type " + info.dtype + ", not usable here");
    auto tensor = torch::empty(info.shape, *dtype);
    read_tensor_bytes(path, header, info, tensor.data_ptr());
    checkpoint.tensors.emplace(info.name, std::move(tensor));
  }
  return checkpoint;
}

TensorMap module_state(const torch::nn::Module& module) {
  TensorMap state;
  for (const auto& parameter : module.named_parameters()) state.emplace(parameter.key(), parameter.value());
  for (const auto& buffer : module.named_buffers()) state.emplace(buffer.key(), buffer.value());
  return state;
}

void load_module_state(torch::nn::Module& module, const TensorMap& state, std::string_view source) {
  const TensorMap own = module_state(module);
  check_same_tensors(own, state, source);
  torch::NoGradGuard no_grad;
  for (const auto& [name, tensor] : own) torch::Tensor(tensor).copy_(state.at(name));
}

TensorMap adam_state(const torch::optim::Adam& optimizer, const torch::nn::Module& module) {
  TensorMap state;
  for_adam_parameters(optimizer, module,
                      [&](const std::string& name, const torch::optim::AdamParamState& adam) {
                        state[name + ".step"] = torch::tensor(adam.step(), torch::kInt64);
                        state[name + ".exp_avg"] = adam.exp_avg();
                        state[name + ".exp_avg_sq"] = adam.exp_avg_sq();
                        if (adam.max_exp_avg_sq().defined())
                          state[name + ".max_exp_avg_sq"] = adam.max_exp_avg_sq();
                      });
  return state;
}

void load_adam_state(torch::optim::Adam& optimizer, const torch::nn::Module& module, const TensorMap& state,
                     std::string_view source) {
  TensorMap wanted;
  for (const auto& parameter : module.named_parameters()) {
    const std::string& name = parameter.key();
    if (!has_parameter(optimizer, parameter.value()) || !state.count(name + ".step")) continue;
    wanted[name + ".step"] = torch::empty({}, torch::kInt64);
    wanted[name + ".exp_avg"] = wanted[name + ".exp_avg_sq"] = parameter.value();
    if (state.count(name + ".max_exp_avg_sq")) wanted[name + ".max_exp_avg_sq"] = parameter.value();
  }
  check_same_tensors(wanted, state, source);
  torch::NoGradGuard no_grad;
  for (const auto& parameter : module.named_parameters()) {
    const std::string& name = parameter.key();
    const auto key = optimizer_state_key(parameter.value());
    optimizer.state().erase(key);
    if (!wanted.count(name + ".step")) continue;
    auto adam = std::make_unique<torch::optim::AdamParamState>();
    adam->step(state.at(name + ".step").item<int64_t>());
    adam->exp_avg(like(parameter.value(), state.at(name + ".exp_avg")));
    adam->exp_avg_sq(like(parameter.value(), state.at(name + ".exp_avg_sq")));
    if (state.count(name + ".max_exp_avg_sq"))
      adam->max_exp_avg_sq(like(parameter.value(), state.at(name + ".max_exp_avg_sq")));
    optimizer.state()[key] = std::move(adam);
  }
}

TensorMap with_prefix(const TensorMap& tensors, const std::string& prefix) {
  TensorMap result;
  for (const auto& [name, tensor] : tensors) result.emplace(prefix + name, tensor);
  return result;
}

TensorMap under_prefix(const TensorMap& tensors, const std::string& prefix) {
  TensorMap result;
  for (auto at = tensors.lower_bound(prefix); at != tensors.end() && at->first.starts_with(prefix); ++at)
    result.emplace(at->first.substr(prefix.size()), at->second);
  return result;
}

}  // namespace melomine::models
