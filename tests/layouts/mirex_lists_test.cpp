#include "layouts/mirex_lists.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/layouts/made_tree.h"

namespace melomine::layouts {
namespace {

using ::testing::HasSubstr;

TEST(MirexLists, HoldAPathALine) {
  const MadeTree tree;
  tree.touch({"a.wav", "sub/b.wav"});
  const std::string a = tree.path("a.wav").string();
  tree.write("collection.txt", with_line_ends(a + "\nsub\\b.wav\nnone.wav\n" + a + "\n", "\r\n"));
  tree.write("queries.txt", a + "\twork1\n");
  const PublishedSet set = read_mirex_lists(tree.path("queries.txt"), tree.path("collection.txt"));
  EXPECT_EQ(ids_of(set.queries), a);
  EXPECT_EQ(set.queries[0].group, "work1");
  EXPECT_EQ(ids_of(set.references), a + " sub\\b.wav -none.wav");
  EXPECT_EQ(set.references[1].path, tree.path("sub/b.wav"));
  EXPECT_THAT(set.checklist.text(),
              HasSubstr("1 of 1 queries, 2 of 3 references; missing: none.wav; 1 row not read"));
  tree.write("empty.txt", "\n");
  EXPECT_THAT(refusal([&] { read_mirex_lists(tree.path("empty.txt"), tree.path("collection.txt")); }),
              HasSubstr("empty.txt: names no file"));
}

TEST(MirexLists, TheMatrixHasNumberedPathsAndARowForEachQuery) {
  const DistanceMatrix matrix{.title = "melomine",
                              .paths = {"a", "b", "q"},
                              .references = 2,
                              .queries = {1, 2},
                              .distances = {0.5f, 0, 1, -2.25f}};
  EXPECT_EQ(mirex_text(matrix), "melomine\n1\ta\n2\tb\n3\tq\nQ/R\t1\t2\n2\t0.5\t0\n3\t1\t-2.25\n");
  DistanceMatrix wrong = matrix;
  wrong.distances.pop_back();
  EXPECT_THAT(refusal([&] { mirex_text(wrong); }), HasSubstr("3 distances are not those of 2 queries to 2"));
}

}  // namespace
}  // namespace melomine::layouts
