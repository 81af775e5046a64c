-- Sahara's database of release 19.0.0, as far as clusters go. For SQLite and for MariaDB.
CREATE TABLE clusters (
  created_at DATETIME, updated_at DATETIME, id VARCHAR(36) NOT NULL PRIMARY KEY, name VARCHAR(80) NOT NULL,
  description TEXT, tenant_id VARCHAR(36), trust_id VARCHAR(36), is_transient BOOLEAN, plugin_name VARCHAR(80) NOT NULL,
  hadoop_version VARCHAR(80) NOT NULL, cluster_configs TEXT, default_image_id VARCHAR(36),
  neutron_management_network VARCHAR(36), anti_affinity TEXT, management_private_key TEXT NOT NULL,
  management_public_key TEXT NOT NULL, user_keypair_id VARCHAR(80), status VARCHAR(80), status_description TEXT,
  info TEXT, extra TEXT, rollback_info TEXT, sahara_info TEXT, use_autoconfig BOOLEAN, cluster_template_id VARCHAR(36),
  shares TEXT, is_public BOOLEAN, is_protected BOOLEAN, domain_name VARCHAR(255), anti_affinity_ratio INTEGER,
  UNIQUE (name, tenant_id)
);
CREATE TABLE node_groups (
  created_at DATETIME, updated_at DATETIME, id VARCHAR(36) NOT NULL PRIMARY KEY, name VARCHAR(80) NOT NULL,
  tenant_id VARCHAR(36), flavor_id VARCHAR(36) NOT NULL, image_id VARCHAR(36), cluster_id VARCHAR(36),
  count INTEGER NOT NULL, UNIQUE (name, cluster_id),
  FOREIGN KEY (cluster_id) REFERENCES clusters (id)
);
CREATE TABLE instances (
  created_at DATETIME, updated_at DATETIME, id VARCHAR(36) NOT NULL PRIMARY KEY, tenant_id VARCHAR(36),
  node_group_id VARCHAR(36), instance_id VARCHAR(36), instance_name VARCHAR(80) NOT NULL, internal_ip VARCHAR(45),
  management_ip VARCHAR(45), UNIQUE (instance_id, node_group_id),
  FOREIGN KEY (node_group_id) REFERENCES node_groups (id)
);
