-- Series are compared by their bytes, as in the other stores.
CREATE TABLE insula_records.record (
    tenant_id uuid NOT NULL,
    stream_id uuid NOT NULL,
    id uuid NOT NULL,
    series text COLLATE "C" NOT NULL,
    body bytea NOT NULL,
    written bigint NOT NULL,
    PRIMARY KEY (tenant_id, stream_id, id)
);
CREATE INDEX record_by_series ON insula_records.record (tenant_id, stream_id, series, id);
CREATE TABLE insula_records.record_bucket (
    tenant_id uuid NOT NULL,
    stream_id uuid NOT NULL,
    number integer NOT NULL,
    ends integer NOT NULL,
    shards integer NOT NULL,
    PRIMARY KEY (tenant_id, stream_id, number)
);

ALTER TABLE insula_records.record ENABLE ROW LEVEL SECURITY;
ALTER TABLE insula_records.record FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON insula_records.record
    USING (tenant_id = (SELECT nullif(current_setting('insula.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('insula.tenant', true), '')::uuid));
ALTER TABLE insula_records.record_bucket ENABLE ROW LEVEL SECURITY;
ALTER TABLE insula_records.record_bucket FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON insula_records.record_bucket
    USING (tenant_id = (SELECT nullif(current_setting('insula.tenant', true), '')::uuid))
    WITH CHECK (tenant_id = (SELECT nullif(current_setting('insula.tenant', true), '')::uuid));
