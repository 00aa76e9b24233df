// From a request's API key to the function that answers it.
#pragma once

#include <memory>
#include <vector>

#include "base/bytes.hpp"

namespace weir::kafka {

class Exchange;
struct Api;

// Decodes the request and hands it to its handler; answers or closes if that can't be done.
void dispatch(const std::shared_ptr<Exchange>& exchange);

// The APIs that dispatch() has handlers for, in no order.
std::vector<const Api*> served_apis();

// Whether this request may run beside earlier and later ones of its kind on the same connection: produce,
// whose appends keep their order, so that one group commit serves all that a client has in flight.
bool may_overlap(ByteView frame);

}  // namespace weir::kafka
