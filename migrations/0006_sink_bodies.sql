-- What a sink received, byte by byte, when it is no text.
ALTER TABLE sink_requests ADD COLUMN body_base64 TEXT;
