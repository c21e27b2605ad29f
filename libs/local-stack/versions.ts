/** What is downloaded, by Maven coordinates. Change a version here and the next start fetches it. */
export const VERSIONS = Object.freeze({
  kafka: '4.4.0',
  log4j: '2.24.3',
  registry: '3.0.9',
  embeddedRedis: '1.4.4',
});

/** The least Java that Kafka's brokers run on. */
export const JAVA_MAJOR_MIN = 17;

/** Name of the folder of one set of versions: a new version never mixes with the files of an old one. */
export function downloadName(): string {
  return `kafka-${VERSIONS.kafka}_registry-${VERSIONS.registry}_redis-${VERSIONS.embeddedRedis}`;
}

/**
 * The Maven project that fetches everything. Kafka comes with its dependencies. The registry and Redis are single
 * files and are copied as such: their own dependencies are inside, and their parent projects need not resolve.
 */
export function renderPom(): string {
  return `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>two-way-sync</groupId>
  <artifactId>local-stack</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${VERSIONS.kafka}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>${VERSIONS.log4j}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-1.2-api</artifactId><version>${VERSIONS.log4j}</version>
    </dependency>
  </dependencies>
  <build>
    <plugins>
      <plugin>
        <groupId>org.apache.maven.plugins</groupId>
        <artifactId>maven-dependency-plugin</artifactId>
        <configuration>
          <outputDirectory>\${project.basedir}/kafka</outputDirectory>
          <artifactItems>
            <artifactItem>
              <groupId>io.apicurio</groupId><artifactId>apicurio-registry-app</artifactId><version>${VERSIONS.registry}</version>
              <type>tar.gz</type><classifier>all</classifier>
              <outputDirectory>\${project.basedir}/archives</outputDirectory>
            </artifactItem>
            <artifactItem>
              <groupId>com.github.codemonstur</groupId><artifactId>embedded-redis</artifactId><version>${VERSIONS.embeddedRedis}</version>
              <outputDirectory>\${project.basedir}/archives</outputDirectory>
            </artifactItem>
          </artifactItems>
        </configuration>
      </plugin>
    </plugins>
  </build>
</project>
`;
}
