"""The configuration of a small single node: cassandra.yaml, logback.xml and the flags of its Java."""

from pathlib import Path

_YAML = """cluster_name: insula-tests
num_tokens: 1
initial_token: "0"
auto_bootstrap: false
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: "{host}:{storage_port}"
listen_address: {host}
rpc_address: {host}
storage_port: {storage_port}
start_native_transport: true
native_transport_port: {cql_port}
native_transport_max_frame_size: 16MiB
storage_compatibility_mode: NONE
memtable:
  configurations:
    default:
      class_name: TrieMemtable
memtable_allocation_type: offheap_objects
memtable_heap_space: 64MiB
memtable_offheap_space: 128MiB
sstable:
  selected_format: bti
commitlog_sync: periodic
commitlog_sync_period: 1000ms
commitlog_segment_size: 16MiB
commitlog_total_space: 256MiB
cdc_enabled: false
concurrent_reads: 16
concurrent_writes: 16
concurrent_compactors: 1
compaction_throughput: 64MiB/s
file_cache_size: 32MiB
networking_cache_size: 32MiB
key_cache_size: 8MiB
counter_cache_size: 0MiB
auto_snapshot: false
materialized_views_enabled: false
user_defined_functions_enabled: false
transient_replication_enabled: false
authenticator: AllowAllAuthenticator
authorizer: AllowAllAuthorizer
role_manager: CassandraRoleManager
read_request_timeout: 10s
range_request_timeout: 10s
write_request_timeout: 10s
request_timeout: 10s
data_file_directories: [{folder}/data]
commitlog_directory: {folder}/commitlog
saved_caches_directory: {folder}/saved_caches
hints_directory: {folder}/hints
"""

_LOGBACK = """<configuration scan="false">
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level [%thread] %date{ISO8601} %F:%L - %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="OUT"/></root>
</configuration>
"""

# What Java 17 has to open to Cassandra, each as MODULE/PACKAGE.
_EXPORTS = """java.base/jdk.internal.misc java.base/jdk.internal.ref java.base/sun.nio.ch java.base/java.lang.ref
java.management.rmi/com.sun.jmx.remote.internal.rmi java.rmi/sun.rmi.registry java.rmi/sun.rmi.server
java.sql/java.sql jdk.unsupported/sun.misc jdk.compiler/com.sun.tools.javac.file"""
_OPENS = """java.base/java.lang.module java.base/jdk.internal.loader java.base/jdk.internal.ref
java.base/jdk.internal.reflect java.base/jdk.internal.math java.base/jdk.internal.module
java.base/jdk.internal.util.jar jdk.management/com.sun.management.internal java.base/sun.nio.ch java.base/java.io
java.base/java.lang.reflect jdk.compiler/com.sun.tools.javac java.base/java.lang java.base/java.util"""


def write(folder: Path, host: str, cql_port: int, storage_port: int) -> None:
    """Write the two configuration files into `folder`/conf."""
    conf = folder / "conf"
    conf.mkdir(exist_ok=True)
    (folder / "tmp").mkdir(exist_ok=True)
    (conf / "cassandra.yaml").write_text(
        _YAML.format(host=host, cql_port=cql_port, storage_port=storage_port, folder=folder)
    )
    (conf / "logback.xml").write_text(_LOGBACK)


def command(java: str, jars: Path, folder: Path, jmx_port: int) -> list[str]:
    """Return the command of a node that needs about 600 MiB and starts in a few seconds."""
    conf = folder / "conf"
    properties = {
        "java.net.preferIPv4Stack": "true",
        "java.io.tmpdir": folder / "tmp",
        "jna.tmpdir": folder / "tmp",
        "jdk.attach.allowAttachSelf": "true",
        "io.netty.tryReflectionSetAccessible": "true",
        "io.netty.allocator.useCacheForAllThreads": "true",
        "io.netty.allocator.maxOrder": "11",
        "logback.configurationFile": conf / "logback.xml",
        "cassandra.config": f"file://{conf / 'cassandra.yaml'}",
        "cassandra.storagedir": folder,
        "cassandra.logdir": folder,
        "cassandra.jmx.local.port": jmx_port,
        "cassandra-foreground": "yes",
        "cassandra.skip_wait_for_gossip_to_settle": "0",
        "cassandra.ring_delay_ms": "1000",
        "cassandra.superuser_setup_delay_ms": "0",
        "cassandra.shutdown_announce_in_ms": "0",
    }
    return [
        java,
        *(word for each in _EXPORTS.split() for word in ("--add-exports", f"{each}=ALL-UNNAMED")),
        *(word for each in _OPENS.split() for word in ("--add-opens", f"{each}=ALL-UNNAMED")),
        f"-javaagent:{next(jars.glob('jamm-*.jar'))}",
        *("-Xms256m", "-Xmx768m", "-Xss512k", "-XX:MaxDirectMemorySize=256m", "-XX:+UseSerialGC"),
        *("-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError", "-XX:-UsePerfData"),
        *("-XX:MaxMetaspaceSize=192m", "-XX:ReservedCodeCacheSize=96m"),
        *(f"-D{name}={value}" for name, value in properties.items()),
        "-cp",
        f"{conf}:{jars}/*",
        "org.apache.cassandra.service.CassandraDaemon",
    ]
