/**
 * The one door to kafkajs. Importing this module installs the patches and registers the codecs; importing `kafkajs`
 * itself anywhere else in the project would get an unpatched library, and a test refuses it. Types may be imported from
 * `kafkajs` directly (`import type` leaves nothing at run time).
 */
import { zstdCodec } from './codecs.ts';
import { loadPatchedKafkajs } from './patch/install.ts';

const kafkajs = loadPatchedKafkajs();

export const { Kafka, CompressionTypes, logLevel, AssignerProtocol } = kafkajs;

kafkajs.CompressionCodecs[CompressionTypes.ZSTD] = () => zstdCodec;
