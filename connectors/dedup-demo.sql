CREATE DATABASE IF NOT EXISTS tributary_demo;

CREATE TABLE tributary_demo.user_events_deduplicated
(
    event_id String,
    user_id String,
    user_name String,
    user_email String,
    created_at DateTime
)
ENGINE = MergeTree
ORDER BY event_id;
