-- Heat's database of release 2014.2 (migrate repository, version 046), as far as stacks go; with the private column
-- uq_name_active and its unique key, which one operator's own release had. For SQLite and for MariaDB.
CREATE TABLE raw_template (
  id INTEGER PRIMARY KEY, created_at DATETIME, updated_at DATETIME, template LONGTEXT, files LONGTEXT
);
CREATE TABLE user_creds (
  id INTEGER PRIMARY KEY, created_at DATETIME, updated_at DATETIME, username VARCHAR(255), password VARCHAR(255),
  decrypt_method VARCHAR(64), tenant VARCHAR(1024), auth_url TEXT, tenant_id VARCHAR(256), trust_id VARCHAR(255),
  trustor_user_id VARCHAR(64)
);
CREATE TABLE stack (
  id VARCHAR(36) NOT NULL PRIMARY KEY, created_at DATETIME, updated_at DATETIME, deleted_at DATETIME,
  name VARCHAR(191), raw_template_id INTEGER NOT NULL, user_creds_id INTEGER NOT NULL, username VARCHAR(256),
  owner_id VARCHAR(36), action VARCHAR(255), status VARCHAR(255), status_reason VARCHAR(255), parameters LONGTEXT,
  timeout INTEGER, tenant VARCHAR(191), disable_rollback BOOLEAN NOT NULL, stack_user_project_id VARCHAR(64),
  backup BOOLEAN, uq_name_active BOOLEAN,
  FOREIGN KEY (raw_template_id) REFERENCES raw_template (id),
  FOREIGN KEY (user_creds_id) REFERENCES user_creds (id)
);
CREATE UNIQUE INDEX uq_stack_name ON stack (name, tenant, uq_name_active);
CREATE TABLE stack_lock (
  stack_id VARCHAR(36) NOT NULL PRIMARY KEY, created_at DATETIME, updated_at DATETIME, engine_id VARCHAR(36),
  FOREIGN KEY (stack_id) REFERENCES stack (id)
);
CREATE TABLE resource (
  id VARCHAR(36) NOT NULL PRIMARY KEY, nova_instance VARCHAR(255), name VARCHAR(255), created_at DATETIME,
  updated_at DATETIME, action VARCHAR(255), status VARCHAR(255), status_reason TEXT, stack_id VARCHAR(36) NOT NULL,
  rsrc_metadata LONGTEXT, properties_data LONGTEXT,
  FOREIGN KEY (stack_id) REFERENCES stack (id)
);
CREATE TABLE resource_data (
  id INTEGER PRIMARY KEY, created_at DATETIME, updated_at DATETIME, `key` VARCHAR(255), value TEXT,
  redact BOOLEAN, decrypt_method VARCHAR(64), resource_id VARCHAR(36) NOT NULL,
  FOREIGN KEY (resource_id) REFERENCES resource (id)
);
CREATE TABLE event (
  id INTEGER PRIMARY KEY, uuid VARCHAR(36), stack_id VARCHAR(36) NOT NULL, created_at DATETIME, updated_at DATETIME,
  resource_action VARCHAR(255), resource_status VARCHAR(255), resource_name VARCHAR(255),
  physical_resource_id VARCHAR(255), resource_status_reason VARCHAR(255), resource_type VARCHAR(255),
  resource_properties BLOB,
  FOREIGN KEY (stack_id) REFERENCES stack (id)
);
CREATE TABLE watch_rule (
  id INTEGER PRIMARY KEY, created_at DATETIME, updated_at DATETIME, name VARCHAR(255), state VARCHAR(255),
  rule LONGTEXT, last_evaluated DATETIME, stack_id VARCHAR(36) NOT NULL,
  FOREIGN KEY (stack_id) REFERENCES stack (id)
);
CREATE TABLE watch_data (
  id INTEGER PRIMARY KEY, created_at DATETIME, updated_at DATETIME, data LONGTEXT, watch_rule_id INTEGER NOT NULL,
  FOREIGN KEY (watch_rule_id) REFERENCES watch_rule (id)
);
CREATE TABLE snapshot (
  id VARCHAR(36) NOT NULL PRIMARY KEY, stack_id VARCHAR(36) NOT NULL, name VARCHAR(255), created_at DATETIME,
  updated_at DATETIME, status VARCHAR(255), status_reason VARCHAR(255), data LONGTEXT, tenant VARCHAR(64) NOT NULL,
  FOREIGN KEY (stack_id) REFERENCES stack (id)
);
