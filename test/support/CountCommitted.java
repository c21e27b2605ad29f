import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.BytesDeserializer;

/**
 * Counts the committed records of topics with Kafka's own client: from the beginning to where each partition ends when it
 * starts. Arguments: bootstrap servers, then names of topics. Prints a line "topic count" for each; ends with an exception when
 * the ends are not reached within two minutes.
 */
public final class CountCommitted {
  public static void main(String[] args) {
    var settings = new Properties();
    settings.put("bootstrap.servers", args[0]);
    settings.put("isolation.level", "read_committed");
    settings.put("key.deserializer", BytesDeserializer.class.getName());
    settings.put("value.deserializer", BytesDeserializer.class.getName());
    var topics = List.of(args).subList(1, args.length);
    try (var consumer = new KafkaConsumer<Object, Object>(settings)) {
      var partitions = topics.stream()
          .flatMap(topic -> consumer.partitionsFor(topic).stream())
          .map(info -> new TopicPartition(info.topic(), info.partition()))
          .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      var counts = new TreeMap<String, Long>();
      topics.forEach(topic -> counts.put(topic, 0L));
      var open = new HashSet<>(partitions);
      var deadline = Instant.now().plusSeconds(120);
      while (true) {
        open.removeIf(partition -> consumer.position(partition) >= ends.get(partition));
        if (open.isEmpty()) break;
        if (Instant.now().isAfter(deadline)) throw new IllegalStateException("not read to the end: " + open);
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          var partition = new TopicPartition(record.topic(), record.partition());
          if (record.offset() < ends.get(partition)) counts.merge(record.topic(), 1L, Long::sum);
        }
      }
      counts.forEach((topic, count) -> System.out.println(topic + " " + count));
    }
  }
}
