// The wiring of the server.
#include "app/serve.hpp"

namespace weir::app {

Result<void> serve(const EffectiveConfig& effective) {
    return Error{Errc::unsupported,
                 fmt::format("this build of weir has the commands but no server; it would have "
                             "served Kafka clients on {} from {}",
                             effective.config.kafka_listen.text(), effective.config.data)};
}

}  // namespace weir::app
