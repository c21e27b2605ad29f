import os
import sys

from confluent_kafka import Consumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

topic = sys.argv[1]
decode = AvroDeserializer(SchemaRegistryClient({"url": os.environ["SCHEMA_REGISTRY_URL"]}))
consumer = Consumer({
    "bootstrap.servers": os.environ["KAFKA_BROKERS"], "group.id": "conflicts-by-field",
    "isolation.level": "read_committed", "auto.offset.reset": "earliest",
})
consumer.subscribe([topic])
while (message := consumer.poll(10)) is not None:
    if message.error():
        raise SystemExit(message.error())
    conflict = decode(message.value(), SerializationContext(topic, MessageField.VALUE))
    print(message.key().decode(), conflict["field"], conflict["winner"])
consumer.close()
