// Requests and replies as bytes, for a node that passes them on to the one that leads the metadata
// (docs/formats/cluster.md).
#pragma once

#include "base/fields.hpp"
#include "metadata/topology/requests.hpp"

namespace weir::topology {

// In the order of their numbers on the wire.
template <template <class...> class List>
using AllRequests =
    List<PutVirtualHost, DeleteVirtualHost, DeclareExchange, DeleteExchange, DeclareQueue, DeleteQueue,
         DropTransients, Bind, Unbind, SetPolicy, ClearPolicy, PutUser, DeleteUser, SetPermissions,
         ClearPermissions, SetTopicPermissions, ClearTopicPermissions, SetParameter, ClearParameter>;

// Any of the requests and their replies, as they are declared in requests.hpp. What does not fit makes the
// reader fail.
template <class Message>
void write_message(FieldWriter& out, const Message& message);
template <class Message>
void read_message(FieldReader& in, Message& message);

}  // namespace weir::topology
