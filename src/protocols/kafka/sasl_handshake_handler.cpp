// SaslHandshake: weir has no users yet, so it offers no mechanism, and says so before it hangs up.
#include "protocols/kafka/handlers.hpp"

namespace weir::kafka {

void handle_sasl_handshake(SaslHandshakeCall call) {
    SaslHandshakeResponse response;
    response.error_code = ErrorCode::unsupported_sasl_mechanism;
    call.exchange->close_after_reply("it wants to log in by SASL, which weir has not: PLAINTEXT is right");
    call.reply(response);
}

}  // namespace weir::kafka
