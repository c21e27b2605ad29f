import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

class Conflicts {
  static final Map<Integer, Schema> SCHEMAS = new HashMap<>();

  public static void main(String[] args) throws Exception {
    var settings = new Properties();
    settings.put("bootstrap.servers", System.getenv("KAFKA_BROKERS"));
    settings.put("group.id", "conflicts-by-field");
    settings.put("isolation.level", "read_committed");
    settings.put("auto.offset.reset", "earliest");
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(args[0]));
      ConsumerRecords<String, byte[]> records;
      while (!(records = consumer.poll(Duration.ofSeconds(10))).isEmpty()) {
        for (var record : records) {
          var conflict = decode(record.value());
          System.out.println(record.key() + " " + conflict.get("field") + " " + conflict.get("winner"));
        }
      }
    }
  }

  /** A zero byte, four bytes of schema id, then Avro. */
  static GenericRecord decode(byte[] value) throws Exception {
    int id = ByteBuffer.wrap(value).getInt(1);
    if (!SCHEMAS.containsKey(id)) SCHEMAS.put(id, schema(id));
    var body = DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null);
    return new GenericDatumReader<GenericRecord>(SCHEMAS.get(id)).read(null, body);
  }

  static Schema schema(int id) throws Exception {
    var uri = URI.create(System.getenv("SCHEMA_REGISTRY_URL") + "/schemas/ids/" + id);
    var answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    return new Schema.Parser().parse(new ObjectMapper().readTree(answer.body()).get("schema").asText());
  }
}
