// Changes of the topology as both single requests and imported definitions make them; they wait for the
// outcome.
#pragma once

#include "protocols/management/call.hpp"

namespace weir::management {

// Whether it is new. One that is there keeps what is not said of it.
Result<bool> make_host(Services& services, topology::VirtualHost wanted);
Result<bool> make_exchange(Services& services, const topology::Exchange& wanted);
Result<bool> make_queue(Services& services, topology::Queue wanted);
Result<bool> make_binding(Services& services, const topology::Binding& wanted);
// A user who is there keeps the password, unless `wanted` has one or `clears_password` is set.
Result<bool> make_user(Services& services, topology::User wanted, bool clears_password);
Result<bool> make_permissions(Services& services, const topology::Permissions& wanted);
Result<bool> make_topic_permissions(Services& services, const topology::TopicPermissions& wanted);
Result<bool> make_policy(Services& services, const topology::Policy& wanted);
Result<bool> make_parameter(Services& services, const topology::Parameter& wanted);
// Errors, besides those of the broker: invalid_argument (it is in use, or not empty).
Result<void> remove_queue(Services& services, const topology::QueuePtr& queue, bool if_unused, bool if_empty);

}  // namespace weir::management
