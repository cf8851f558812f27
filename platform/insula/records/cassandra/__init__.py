"""The record store in Apache Cassandra: the only place that knows the driver."""
