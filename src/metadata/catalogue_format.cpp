// The catalogue's snapshot (docs/formats/metadata.md): the same bytes for the same content, on every node.
#include "metadata/catalogue.hpp"
#include "metadata/field_codec.hpp"

namespace weir::metadata {

// Reads and writes the sections, in the order in which they lie in the snapshot.
class CatalogueFormat {
  public:
    static void write(const Catalogue& from, Bytes& bytes) {
        FieldWriter out{bytes};
        out.number(static_cast<std::uint64_t>(from.next_producer_id_.value));
        out.number(from.features_->size());
        for (const auto& [name, level] : *from.features_) out.text(name), out.signed_number(level);
        out.number(from.unclean_elections_);
        out.number(from.nodes_->size());
        for (const auto& [id, node] : *from.nodes_) out.node(node);
        out.number(from.removed_nodes_->size());
        for (const auto id : *from.removed_nodes_) out.number(static_cast<std::uint32_t>(id.value));
        out.number(from.broker_overrides_->size());
        for (const auto& [node, overrides] : *from.broker_overrides_) {
            out.signed_number(node.value_or(no_node).value);
            out.overrides(overrides);
        }
        write_topics(from, out);
        const auto version = version_of(from);
        if (version >= topology_format_version) from.topology_.write(out);
        if (version >= metadata_format_version) from.topology_.write_parameters(out);
    }

    static std::uint8_t version_of(const Catalogue& catalogue) {
        if (!catalogue.topology_.parameters().empty()) return metadata_format_version;
        return catalogue.topology_.is_pristine() ? topics_format_version : topology_format_version;
    }

    static void read(FieldReader& in, std::uint8_t version, Catalogue& into) {
        into.next_producer_id_ = ProducerId{static_cast<std::int64_t>(in.number(INT64_MAX))};
        read_features(in, into);
        into.unclean_elections_ = in.number();
        read_nodes(in, into);
        read_removed_nodes(in, into);
        read_broker_overrides(in, into);
        into.derive_settings();
        for (auto left = in.count(max_topics); left > 0 && in.ok(); --left) read_topic(in, into);
        if (version >= topology_format_version) into.topology_.read(in);
        if (version >= metadata_format_version) into.topology_.read_parameters(in);
    }

  private:
    static void write_topics(const Catalogue& from, FieldWriter& out) {
        std::vector<const Topic*> topics;
        from.by_id_.for_each([&](const TopicPtr& topic) { topics.push_back(topic.get()); });
        std::ranges::sort(topics, {}, &Topic::name);
        out.number(topics.size());
        for (const auto* topic : topics) {
            out.uuid(topic->id);
            out.text(topic->name);
            out.flag(topic->is_internal);
            out.overrides(topic->overrides);
            out.number(topic->partitions->size());
            for (const auto& partition : *topic->partitions) out.partition(partition);
        }
    }

    static void read_features(FieldReader& in, Catalogue& into) {
        std::map<std::string, std::int16_t, std::less<>> features;
        for (auto left = in.count(max_features); left > 0 && in.ok(); --left) {
            auto name = in.text(max_topic_name_bytes);
            features[std::move(name)] = static_cast<std::int16_t>(in.signed_number(1, INT16_MAX));
        }
        into.features_ = std::make_shared<const decltype(features)>(std::move(features));
    }

    static void read_nodes(FieldReader& in, Catalogue& into) {
        NodeMap nodes;
        for (auto left = in.count(max_nodes); left > 0 && in.ok(); --left) {
            auto node = in.node();
            nodes[node.id] = std::move(node);
        }
        into.nodes_ = std::make_shared<const decltype(nodes)>(std::move(nodes));
    }

    static void read_removed_nodes(FieldReader& in, Catalogue& into) {
        std::set<NodeId> removed;
        for (auto left = in.count(max_nodes); left > 0 && in.ok(); --left) removed.insert(in.node_id());
        into.removed_nodes_ = std::make_shared<const decltype(removed)>(std::move(removed));
    }

    static void read_broker_overrides(FieldReader& in, Catalogue& into) {
        Catalogue::BrokerOverrides all;
        for (auto left = in.count(max_nodes + 1); left > 0 && in.ok(); --left) {
            const NodeId node{static_cast<std::int32_t>(in.signed_number(no_node.value, INT32_MAX))};
            all[node == no_node ? std::nullopt : std::optional{node}] = in.overrides();
        }
        into.broker_overrides_ = std::make_shared<const decltype(all)>(std::move(all));
    }

    static void read_topic(FieldReader& in, Catalogue& into) {
        auto topic = std::make_shared<Topic>();
        topic->id = in.uuid();
        topic->name = in.text(max_topic_name_bytes);
        topic->is_internal = in.flag();
        topic->overrides = in.overrides();
        std::vector<Partition> partitions(in.count(max_topic_partitions));
        for (auto& partition : partitions) {
            partition = in.partition();
            if (!into.knows_all(partition.replicas)) in.fail();
        }
        if (!in.ok() || partitions.empty() || !check_topic_name(topic->name) ||
            into.find(topic->id) != nullptr || into.find(topic->name) != nullptr ||
            into.find_collision(topic->name) != nullptr) {
            return in.fail();
        }
        into.partition_count_ += partitions.size();
        topic->partitions = std::make_shared<const PartitionTable>(partitions);
        into.replicas_.add(*topic, 0);
        topic->settings = into.settings_for(topic->overrides);
        into.put_topic(std::move(topic));
    }
};

Bytes Catalogue::snapshot() const {
    Bytes out{CatalogueFormat::version_of(*this)};
    CatalogueFormat::write(*this, out);
    return out;
}

Result<void> Catalogue::restore(ByteView snapshot) {
    const auto version = snapshot.empty() ? topics_format_version : snapshot.front();
    if (version < topics_format_version || version > metadata_format_version) {
        return Error{Errc::unsupported,
                     fmt::format("the metadata snapshot is of format {}, this weir reads {} to {}: start "
                                 "the weir that wrote it",
                                 version, topics_format_version, metadata_format_version)};
    }
    Catalogue restored{*local_};
    FieldReader in{snapshot.subspan(std::min<std::size_t>(snapshot.size(), 1))};
    CatalogueFormat::read(in, version, restored);
    if (!in.ok() || !in.at_end()) return Error{Errc::corrupt, "the metadata snapshot does not decode"};
    *this = std::move(restored);
    return {};
}

}  // namespace weir::metadata
