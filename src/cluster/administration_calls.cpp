// What other nodes and commands ask, as bytes.
#include "base/varint.hpp"
#include "cluster/administration.hpp"
#include "cluster/status_messages.hpp"

namespace weir::cluster {

void Administration::add_methods(rpc::Methods& methods) {
    membership_.add_leader_method(submit_method, [this](ByteView body, Membership::Answer done) {
        handle_submit(body, std::move(done));
    });
    membership_.add_leader_method(
        status_method, [this](ByteView, Membership::Answer done) { handle_status(std::move(done)); });
    membership_.add_leader_method(
        quorum_method, [this](ByteView, Membership::Answer done) { handle_quorum(std::move(done)); });
    membership_.add_leader_method(partitions_method, [this](ByteView body, const Membership::Answer& done) {
        handle_partitions(body, done);
    });
    methods.on_request(command_method, [this](const std::shared_ptr<rpc::Request>& request) {
        seams_.reactor.post([this, request] { handle_command(request); });
    });
}

// The leader's answer to the call that the body holds, whichever node is asked.
void Administration::handle_command(const std::shared_ptr<rpc::Request>& request) {
    auto body = request->body();
    const auto number = take_uvarint(body);
    const auto method = rpc::Method{static_cast<std::uint16_t>(number.value_or(0))};
    if (method != submit_method && method != status_method && method != partitions_method)
        return request->fail({Errc::unsupported, "this node knows no such command"});
    membership_.ask_leader(method, Bytes{body.begin(), body.end()}, [request](const Result<Bytes>& answer) {
        answer ? request->reply(*answer) : request->fail(answer.error());
    });
}

void Administration::handle_submit(ByteView body, Membership::Answer done) {
    auto request = decode_request(body);
    if (!request) return done(request.error());
    make(std::move(*request), [this, done = std::move(done)](const Result<metadata::AnyReply>& reply) {
        if (!reply) return done(reply.error());
        done(encode(ChangeReply{controller_.log().applied().index, to_wire(*reply)}));
    });
}

void Administration::handle_status(Membership::Answer done) {
    controller_.describe_quorum([this, done = std::move(done)](const metadata::Quorum& quorum) {
        done(encode(cluster_status(*controller_.catalogue(), quorum, options_.cluster_id, options_.node)));
    });
}

void Administration::handle_quorum(Membership::Answer done) {
    controller_.describe_quorum(
        [done = std::move(done)](const metadata::Quorum& quorum) { done(encode(quorum)); });
}

void Administration::describe_quorum(std::function<void(Result<metadata::Quorum>)> done) {
    membership_.ask_leader(quorum_method, {}, [done = std::move(done)](const Result<Bytes>& answer) {
        done(answer ? decode_quorum(*answer) : Result<metadata::Quorum>{answer.error()});
    });
}

void Administration::handle_partitions(ByteView body, const Membership::Answer& done) {
    const auto partitions = partition_status(*controller_.catalogue(), as_text(body));
    partitions ? done(encode(*partitions)) : done(partitions.error());
}

}  // namespace weir::cluster
