-- Cinder's database of release 29.0.0, as far as volumes, snapshots and backups go. For SQLite and for MariaDB.
CREATE TABLE volume_types (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id VARCHAR(36) NOT NULL PRIMARY KEY,
  name VARCHAR(255), qos_specs_id VARCHAR(36), is_public BOOLEAN, description VARCHAR(255)
);
CREATE TABLE volumes (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id VARCHAR(36) NOT NULL PRIMARY KEY,
  ec2_id VARCHAR(255), user_id VARCHAR(255), project_id VARCHAR(255), host VARCHAR(255), size INTEGER,
  availability_zone VARCHAR(255), status VARCHAR(255), attach_status VARCHAR(255), scheduled_at DATETIME,
  launched_at DATETIME, terminated_at DATETIME, display_name VARCHAR(255), display_description VARCHAR(255),
  provider_location VARCHAR(256), provider_auth VARCHAR(256), snapshot_id VARCHAR(36),
  volume_type_id VARCHAR(36) NOT NULL, source_volid VARCHAR(36), bootable BOOLEAN, provider_geometry VARCHAR(255),
  _name_id VARCHAR(36), encryption_key_id VARCHAR(36), migration_status VARCHAR(255), replication_status VARCHAR(255),
  replication_extended_status VARCHAR(255), replication_driver_data VARCHAR(255), consistencygroup_id VARCHAR(36),
  provider_id VARCHAR(255), multiattach BOOLEAN, previous_status VARCHAR(255), cluster_name VARCHAR(255),
  group_id VARCHAR(36), service_uuid VARCHAR(36), shared_targets BOOLEAN, use_quota BOOLEAN NOT NULL DEFAULT 1
);
CREATE TABLE volume_metadata (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id INTEGER PRIMARY KEY,
  volume_id VARCHAR(36) NOT NULL, `key` VARCHAR(255), value VARCHAR(255),
  FOREIGN KEY (volume_id) REFERENCES volumes (id)
);
CREATE TABLE volume_admin_metadata (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id INTEGER PRIMARY KEY,
  volume_id VARCHAR(36) NOT NULL, `key` VARCHAR(255), value VARCHAR(255),
  FOREIGN KEY (volume_id) REFERENCES volumes (id)
);
CREATE TABLE volume_glance_metadata (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id INTEGER PRIMARY KEY,
  volume_id VARCHAR(36), snapshot_id VARCHAR(36), `key` VARCHAR(255), value TEXT
);
CREATE TABLE transfers (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id VARCHAR(36) NOT NULL PRIMARY KEY,
  volume_id VARCHAR(36) NOT NULL, display_name VARCHAR(255), salt VARCHAR(255), crypt_hash VARCHAR(255),
  expires_at DATETIME, no_snapshots BOOLEAN, source_project_id VARCHAR(255), destination_project_id VARCHAR(255),
  accepted BOOLEAN
);
CREATE TABLE volume_attachment (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id VARCHAR(36) NOT NULL PRIMARY KEY,
  volume_id VARCHAR(36) NOT NULL, attached_host VARCHAR(255), instance_uuid VARCHAR(36), mountpoint VARCHAR(255),
  attach_time DATETIME, detach_time DATETIME, attach_mode VARCHAR(36), attach_status VARCHAR(255),
  connection_info TEXT, connector TEXT,
  FOREIGN KEY (volume_id) REFERENCES volumes (id)
);
CREATE TABLE attachment_specs (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id INTEGER PRIMARY KEY,
  attachment_id VARCHAR(36) NOT NULL, `key` VARCHAR(255), value VARCHAR(255)
);
CREATE TABLE snapshots (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id VARCHAR(36) NOT NULL PRIMARY KEY,
  volume_id VARCHAR(36) NOT NULL, user_id VARCHAR(255), project_id VARCHAR(255), status VARCHAR(255),
  progress VARCHAR(255), volume_size INTEGER, display_name VARCHAR(255), volume_type_id VARCHAR(36) NOT NULL,
  cgsnapshot_id VARCHAR(36), group_snapshot_id VARCHAR(36), use_quota BOOLEAN NOT NULL DEFAULT 1,
  FOREIGN KEY (volume_id) REFERENCES volumes (id)
);
CREATE TABLE snapshot_metadata (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id INTEGER PRIMARY KEY,
  snapshot_id VARCHAR(36) NOT NULL, `key` VARCHAR(255), value VARCHAR(255)
);
CREATE TABLE backups (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id VARCHAR(36) NOT NULL PRIMARY KEY,
  volume_id VARCHAR(36) NOT NULL, user_id VARCHAR(255), project_id VARCHAR(255), host VARCHAR(255),
  display_name VARCHAR(255), container VARCHAR(255), status VARCHAR(255), fail_reason VARCHAR(255), size INTEGER,
  parent_id VARCHAR(36), num_dependent_backups INTEGER, snapshot_id VARCHAR(36), restore_volume_id VARCHAR(36)
);
CREATE TABLE backup_metadata (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id INTEGER PRIMARY KEY,
  backup_id VARCHAR(36) NOT NULL, `key` VARCHAR(255), value VARCHAR(255)
);
CREATE TABLE workers (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id INTEGER PRIMARY KEY,
  resource_type VARCHAR(40) NOT NULL, resource_id VARCHAR(36) NOT NULL, status VARCHAR(255) NOT NULL,
  service_id INTEGER, race_preventer INTEGER NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX resource_type ON workers (resource_type, resource_id);
CREATE TABLE image_volume_cache_entries (
  image_updated_at DATETIME, id INTEGER PRIMARY KEY, host VARCHAR(255) NOT NULL, image_id VARCHAR(36) NOT NULL,
  volume_id VARCHAR(36) NOT NULL, size INTEGER NOT NULL, last_used DATETIME NOT NULL, cluster_name VARCHAR(255)
);
CREATE TABLE quota_usages (
  created_at DATETIME, updated_at DATETIME, deleted_at DATETIME, deleted BOOLEAN, id INTEGER PRIMARY KEY,
  project_id VARCHAR(255), resource VARCHAR(300), in_use INTEGER NOT NULL, reserved INTEGER NOT NULL,
  until_refresh INTEGER, race_preventer BOOLEAN
);
