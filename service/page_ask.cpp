#include "service/page.h"

namespace melomine::service {

// How a page asks its service.
const char* const kAskScript = R"js(
const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

// The JSON of an answer. Where the service has too much to do it is asked again.
async function ask(path, options) {
  for (let attempt = 0; ; ++attempt) {
    let response;
    try {
      response = await fetch(path, options);
    } catch (error) {
      throw new Error('The service does not answer. Is it still running?');
    }
    if (response.status === 503 && attempt < 20) {
      await pause(1000 * (Number(response.headers.get('Retry-After')) || 1) * (0.5 + Math.random()));
      continue;
    }
    const json = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(json.error || 'The service answered ' + response.status + '.');
    return json;
  }
}
)js";

}  // namespace melomine::service
