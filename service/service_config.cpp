#include "service/service_config.h"

namespace melomine::service {

using configs::between;

void bind(configs::Binder& b, ServiceConfig& c) {
  b.text("host", c.host, "address to listen at; 0.0.0.0 or :: for every one of the machine");
  b.integer("port", c.port, between(0, 65535), "0: any free one");
  b.text("known_as", c.known_as, "a further host name that browsers call the service by");
  b.integer("max_upload_mib", c.max_upload_mib, between(1, 1024), "larger uploads are refused unread");
  b.number("max_hum_s", c.max_hum_s, between(1, 600), "longer hums are refused");
  b.integer("most_at_once", c.most_at_once, between(1, 256),
            "searches; further ones are asked to come again");
  b.integer("most_connections", c.most_connections, between(1, 4096), "open at once; each has a thread");
  b.number("timeout_s", c.timeout_s, between(0.1, 600), "for a request's head, and each piece of a body");
  b.path("keep", c.keep,
         "folder for hums that were judged and their query table; absent: nothing is written");
  b.integer("most_kept", c.most_kept, between(1, 1000000), "hums in that folder");
  b.require(!c.host.empty(), "host", "must not be empty");
}

}  // namespace melomine::service
