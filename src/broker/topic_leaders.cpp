// The catalogue says whom to ask.
#include "broker/topic_leaders.hpp"

#include "broker/topic_wire.hpp"

namespace weir::broker {

namespace {

constexpr std::int64_t answer_patience_ms = 5000;  // of a call, beyond what it waits there

Error stopping() {
    return {Errc::shutting_down, "this node is stopping"};
}

void serve_read(TopicServer& here, const std::shared_ptr<rpc::Request>& request) {
    const auto read = decode_topic_read(request->body());
    if (!read) return request->fail(read.error());
    here.read(*read, [request](const Result<TopicPiece>& piece) {
        piece ? request->reply(encode(*piece)) : request->fail(piece.error());
    });
}

// The batch stays in its frame.
void serve_append(TopicServer& here, const std::shared_ptr<rpc::Request>& request) {
    const auto append = decode_topic_append(request->body());
    if (!append) return request->fail(append.error());
    const auto batch = request->frame()->mutable_body().subspan(append->batch_at);
    here.append(append->topic, append->partition, {request->frame(), batch},
                [request](const Result<void>& result) {
                    result ? request->reply({}) : request->fail(result.error());
                });
}

}  // namespace

void TopicLeaders::add_methods(rpc::Methods& methods, TopicServer& here,
                               const std::function<bool()>& is_open) {
    const auto serve = [&](rpc::Method method, const auto& handler) {
        methods.on_request(method, [&here, is_open, handler](const auto& request) {
            is_open() ? handler(here, request)
                      : request->fail({Errc::not_leader, "this node has only just begun"});
        });
    };
    serve(topic_read_method, serve_read);
    serve(topic_append_method, serve_append);
}

void TopicLeaders::set_addresses(std::shared_ptr<const metadata::Catalogue> catalogue) {
    if (peers_ == nullptr) return;
    executor_.post([this, catalogue = std::move(catalogue)] { peers_->set_addresses(catalogue->nodes()); });
}

void TopicLeaders::stop() {
    executor_.post([this] {
        stopped_ = true;
        for (const auto& [reading, timer] : std::exchange(waiting_, {})) reading->done(stopping());
        if (peers_ != nullptr) peers_->stop();
    });
}

Result<NodeId> TopicLeaders::leader_of(const Uuid& id, PartitionId number) const {
    const auto catalogue = catalogue_();
    const auto* topic = catalogue->find(id);
    const auto* partition = topic == nullptr ? nullptr : topic->partition(number);
    if (partition == nullptr) return Error{Errc::not_found, "there is no such partition"};
    if (partition->leader == metadata::no_node)
        return Error{Errc::not_leader, "nobody leads the partition at the moment"};
    if (partition->leader != node_ && peers_ == nullptr)
        return Error{Errc::not_leader, "another node leads the partition"};
    return partition->leader;
}

// ---- reads

void TopicLeaders::read(const TopicRead& request, Read done) {
    auto reading = std::make_shared<Reading>(request, std::move(done));
    reading->give_up_ms = clock_.monotonic_ms();
    if (request.wait_ms >= 0) reading->give_up_ms += options_.patience_ms + request.wait_ms;
    attempt(reading);
}

void TopicLeaders::attempt(const ReadingPtr& reading) {
    const auto leader = leader_of(reading->request.topic, reading->request.partition);
    if (!leader) return on_answer(reading, leader.error());
    if (*leader != node_) return ask(*leader, reading);
    here_.read(reading->request,
               [this, reading](Result<TopicPiece> piece) { on_answer(reading, std::move(piece)); });
}

void TopicLeaders::ask(NodeId node, const ReadingPtr& reading) {
    executor_.post([this, node, reading] {
        if (stopped_) return reading->done(stopping());
        peers_->call(node, topic_read_method, encode(reading->request),
                     reading->request.wait_ms + answer_patience_ms,
                     [this, reading](const Result<std::shared_ptr<rpc::Frame>>& frame) {
                         if (!frame) return on_answer(reading, frame.error());
                         on_answer(reading, decode_topic_piece((*frame)->body(), *frame));
                     });
    });
}

void TopicLeaders::on_answer(const ReadingPtr& reading, Result<TopicPiece> piece) {
    if (piece || !may_pass(piece.error().code)) return reading->done(std::move(piece));
    executor_.post([this, reading, why = piece.error()] { retry(reading, why); });
}

void TopicLeaders::retry(const ReadingPtr& reading, const Error& why) {
    if (stopped_) return reading->done(stopping());
    if (clock_.monotonic_ms() >= reading->give_up_ms) return reading->done(why);
    waiting_[reading] = executor_.run_after(options_.retry_ms, [this, reading] {
        const auto timer = waiting_.extract(reading);
        attempt(reading);
    });
}

// ---- appends

void TopicLeaders::append(const Uuid& topic, PartitionId partition, log::SharedSpan batch, Appended done) {
    const auto leader = leader_of(topic, partition);
    if (!leader) return done(leader.error());
    if (*leader == node_) return here_.append(topic, partition, std::move(batch), std::move(done));
    executor_.post([this, node = *leader, body = encode_append(topic, partition, batch.bytes),
                    done = std::move(done)]() mutable {
        if (stopped_) return done(stopping());
        peers_->call(node, topic_append_method, std::move(body), options_.append_patience_ms,
                     [done](const Result<std::shared_ptr<rpc::Frame>>& frame) {
                         frame ? done({}) : done(frame.error());
                     });
    });
}

}  // namespace weir::broker
