#include "distributed/own_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace melomine::distributed {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Debian's /etc/hosts: the machine's own name is 127.0.1.1.
TEST(OwnAddress, PassesOverALoopbackAddressOfTheHostsName) {
  OwnAddresses known = {.of_host_name = {"127.0.1.1", "::1"},
                        .towards_meeting_point = "10.0.0.7",
                        .towards_elsewhere = "192.168.1.7",
                        .of_interfaces = {"10.0.0.7", "192.168.1.7"}};
  EXPECT_EQ(address_for_others(known), "10.0.0.7");
  known.towards_meeting_point = "127.0.0.1";  // rank 0 itself, whose name it is
  EXPECT_EQ(address_for_others(known), "192.168.1.7");
  known.towards_elsewhere = "";
  known.of_interfaces = {"fd00::7"};
  EXPECT_EQ(address_for_others(known), "fd00::7");
  known.of_host_name.push_back("172.16.0.7");
  EXPECT_EQ(address_for_others(known), "172.16.0.7");
}

TEST(OwnAddress, WhereItCannotBeToldTheVariableThatTellsItIsNamed) {
  const auto error_of = [](const OwnAddresses& known) -> std::string {
    try {
      return address_for_others(known);
    } catch (const Error& e) {
      return e.what();
    }
  };
  OwnAddresses known;
  EXPECT_THAT(error_of(known), AllOf(HasSubstr("none but loopback"), HasSubstr("GLOO_SOCKET_IFNAME")));
  known.of_interfaces = {"10.0.0.7", "10.1.0.7"};
  EXPECT_THAT(error_of(known), AllOf(HasSubstr("10.0.0.7, 10.1.0.7"), HasSubstr("GLOO_SOCKET_IFNAME")));
}

TEST(OwnAddress, OfThisMachineIsNoLoopbackAddress) {
  EXPECT_EQ(own_network(), own_network());
  EXPECT_THAT(own_network(), ::testing::Not(HasSubstr("\n")));
  try {
    EXPECT_THAT(address_for_others(own_addresses("127.0.0.1")),
                ::testing::Not(::testing::StartsWith("127.")));
  } catch (const Error& e) {  // a machine without a network
    EXPECT_THAT(e.what(), HasSubstr("GLOO_SOCKET_IFNAME"));
  }
}

TEST(OwnAddress, AnInterfaceThatIsNotThereIsToldBesideThoseThatAre) {
  try {
    require_interface("ib77");
    FAIL();
  } catch (const ConfigError& e) {
    EXPECT_THAT(e.what(), AllOf(HasSubstr("GLOO_SOCKET_IFNAME=ib77"), HasSubstr("it has lo")));
  }
  EXPECT_NO_THROW(require_interface("lo"));
}

}  // namespace
}  // namespace melomine::distributed
