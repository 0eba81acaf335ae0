-- Tables of the schema for PostgreSQL, written by `dbal generate`; the daemon creates the same by itself.

CREATE TABLE "lua_scripts" (
  "id" uuid NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "description" text COLLATE "C",
  "code" text COLLATE "C" NOT NULL,
  "is_sandboxed" boolean NOT NULL DEFAULT 't',
  "allowed_globals" jsonb NOT NULL DEFAULT '[]',
  "timeout_ms" integer NOT NULL DEFAULT '5000',
  "created_by" uuid NOT NULL,
  "created_at" timestamp(3) with time zone NOT NULL,
  "updated_at" timestamp(3) with time zone NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "lua_scripts.name" CHECK (char_length("name") >= 1 AND char_length("name") <= 255),
  CONSTRAINT "lua_scripts.timeout_ms" CHECK ("timeout_ms" >= '100'::int4 AND "timeout_ms" <= '30000'::int4),
  CONSTRAINT "lua_scripts.created_at" CHECK ("created_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "created_at" < '10000-01-01 00:00:00+00'::timestamptz),
  CONSTRAINT "lua_scripts.updated_at" CHECK ("updated_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "updated_at" < '10000-01-01 00:00:00+00'::timestamptz)
);

CREATE TABLE "workflows" (
  "id" uuid NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "description" text COLLATE "C",
  "trigger" text COLLATE "C" NOT NULL,
  "trigger_config" jsonb NOT NULL,
  "steps" jsonb NOT NULL,
  "is_active" boolean NOT NULL DEFAULT 't',
  "created_by" uuid NOT NULL,
  "created_at" timestamp(3) with time zone NOT NULL,
  "updated_at" timestamp(3) with time zone NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "workflows.name" CHECK (char_length("name") >= 1 AND char_length("name") <= 255),
  CONSTRAINT "workflows.trigger" CHECK ("trigger" IN ('manual', 'schedule', 'event', 'webhook')),
  CONSTRAINT "workflows.created_at" CHECK ("created_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "created_at" < '10000-01-01 00:00:00+00'::timestamptz),
  CONSTRAINT "workflows.updated_at" CHECK ("updated_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "updated_at" < '10000-01-01 00:00:00+00'::timestamptz)
);

CREATE TABLE "components" (
  "id" uuid NOT NULL,
  "page_id" uuid NOT NULL,
  "parent_id" uuid,
  "component_type" text COLLATE "C" NOT NULL,
  "order" integer NOT NULL DEFAULT '0',
  "props" jsonb NOT NULL DEFAULT '{}',
  "created_at" timestamp(3) with time zone NOT NULL,
  "updated_at" timestamp(3) with time zone NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "components.component_type" CHECK (char_length("component_type") >= 1 AND char_length("component_type") <= 100),
  CONSTRAINT "components.order" CHECK ("order" >= '0'::int4),
  CONSTRAINT "components.created_at" CHECK ("created_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "created_at" < '10000-01-01 00:00:00+00'::timestamptz),
  CONSTRAINT "components.updated_at" CHECK ("updated_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "updated_at" < '10000-01-01 00:00:00+00'::timestamptz)
);

CREATE TABLE "packages" (
  "id" uuid NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "version" text COLLATE "C" NOT NULL,
  "description" text COLLATE "C",
  "author" text COLLATE "C" NOT NULL,
  "manifest" jsonb NOT NULL,
  "is_installed" boolean NOT NULL DEFAULT 'f',
  "installed_at" timestamp(3) with time zone,
  "installed_by" uuid,
  "created_at" timestamp(3) with time zone NOT NULL,
  "updated_at" timestamp(3) with time zone NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "packages.name" CHECK (char_length("name") >= 1 AND char_length("name") <= 255),
  CONSTRAINT "packages.version" CHECK (char_length("version") <= 100),
  CONSTRAINT "packages.author" CHECK (char_length("author") >= 1 AND char_length("author") <= 255),
  CONSTRAINT "packages.installed_at" CHECK ("installed_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "installed_at" < '10000-01-01 00:00:00+00'::timestamptz),
  CONSTRAINT "packages.created_at" CHECK ("created_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "created_at" < '10000-01-01 00:00:00+00'::timestamptz),
  CONSTRAINT "packages.updated_at" CHECK ("updated_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "updated_at" < '10000-01-01 00:00:00+00'::timestamptz)
);

CREATE TABLE "pages" (
  "id" uuid NOT NULL,
  "slug" text COLLATE "C" NOT NULL,
  "title" text COLLATE "C" NOT NULL,
  "description" text COLLATE "C",
  "level" integer NOT NULL,
  "layout" jsonb NOT NULL,
  "is_active" boolean NOT NULL DEFAULT 't',
  "created_at" timestamp(3) with time zone NOT NULL,
  "updated_at" timestamp(3) with time zone NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "pages.slug" CHECK (char_length("slug") >= 1 AND char_length("slug") <= 255),
  CONSTRAINT "pages.title" CHECK (char_length("title") >= 1 AND char_length("title") <= 255),
  CONSTRAINT "pages.level" CHECK ("level" >= '1'::int4 AND "level" <= '5'::int4),
  CONSTRAINT "pages.created_at" CHECK ("created_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "created_at" < '10000-01-01 00:00:00+00'::timestamptz),
  CONSTRAINT "pages.updated_at" CHECK ("updated_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "updated_at" < '10000-01-01 00:00:00+00'::timestamptz)
);

CREATE TABLE "credentials" (
  "id" uuid NOT NULL,
  "username" text COLLATE "C" NOT NULL,
  "password_hash" text COLLATE "C" NOT NULL,
  "first_login" boolean NOT NULL DEFAULT 't',
  "created_at" timestamp(3) with time zone NOT NULL,
  "updated_at" timestamp(3) with time zone NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "credentials.username" CHECK (char_length("username") <= 50),
  CONSTRAINT "credentials.created_at" CHECK ("created_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "created_at" < '10000-01-01 00:00:00+00'::timestamptz),
  CONSTRAINT "credentials.updated_at" CHECK ("updated_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "updated_at" < '10000-01-01 00:00:00+00'::timestamptz)
);

CREATE TABLE "sessions" (
  "id" uuid NOT NULL,
  "user_id" uuid NOT NULL,
  "token" text COLLATE "C" NOT NULL,
  "expires_at" timestamp(3) with time zone NOT NULL,
  "created_at" timestamp(3) with time zone NOT NULL,
  "last_activity" timestamp(3) with time zone NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "sessions.expires_at" CHECK ("expires_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "expires_at" < '10000-01-01 00:00:00+00'::timestamptz),
  CONSTRAINT "sessions.created_at" CHECK ("created_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "created_at" < '10000-01-01 00:00:00+00'::timestamptz),
  CONSTRAINT "sessions.last_activity" CHECK ("last_activity" >= '0001-01-01 00:00:00+00'::timestamptz AND "last_activity" < '10000-01-01 00:00:00+00'::timestamptz)
);

CREATE TABLE "users" (
  "id" uuid NOT NULL,
  "username" text COLLATE "C" NOT NULL,
  "email" text COLLATE "C" NOT NULL,
  "role" text COLLATE "C" NOT NULL DEFAULT 'user',
  "created_at" timestamp(3) with time zone NOT NULL,
  "updated_at" timestamp(3) with time zone NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "users.username" CHECK (char_length("username") >= 3 AND char_length("username") <= 50),
  CONSTRAINT "users.email" CHECK (char_length("email") <= 255),
  CONSTRAINT "users.role" CHECK ("role" IN ('user', 'admin', 'god', 'supergod')),
  CONSTRAINT "users.created_at" CHECK ("created_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "created_at" < '10000-01-01 00:00:00+00'::timestamptz),
  CONSTRAINT "users.updated_at" CHECK ("updated_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "updated_at" < '10000-01-01 00:00:00+00'::timestamptz)
);

CREATE TABLE "dbal_replies" (
  "id" uuid NOT NULL,
  "scope" text COLLATE "C" NOT NULL,
  "key" text COLLATE "C" NOT NULL,
  "digest" text COLLATE "C" NOT NULL,
  "reply" jsonb NOT NULL,
  "expires_at" timestamp(3) with time zone NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "dbal_replies.scope" CHECK (char_length("scope") <= 255),
  CONSTRAINT "dbal_replies.key" CHECK (char_length("key") >= 1 AND char_length("key") <= 128),
  CONSTRAINT "dbal_replies.digest" CHECK (char_length("digest") <= 64),
  CONSTRAINT "dbal_replies.expires_at" CHECK ("expires_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "expires_at" < '10000-01-01 00:00:00+00'::timestamptz)
);

CREATE TABLE "dbal_tokens" (
  "id" uuid NOT NULL,
  "name" text COLLATE "C" NOT NULL,
  "digest" text COLLATE "C" NOT NULL,
  "role" text COLLATE "C" NOT NULL,
  "tenant_id" text COLLATE "C",
  "expires_at" timestamp(3) with time zone NOT NULL,
  "created_at" timestamp(3) with time zone NOT NULL,
  PRIMARY KEY ("id"),
  CONSTRAINT "dbal_tokens.name" CHECK (char_length("name") >= 1 AND char_length("name") <= 255),
  CONSTRAINT "dbal_tokens.digest" CHECK (char_length("digest") <= 64),
  CONSTRAINT "dbal_tokens.role" CHECK (char_length("role") <= 63),
  CONSTRAINT "dbal_tokens.tenant_id" CHECK (char_length("tenant_id") <= 255),
  CONSTRAINT "dbal_tokens.expires_at" CHECK ("expires_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "expires_at" < '10000-01-01 00:00:00+00'::timestamptz),
  CONSTRAINT "dbal_tokens.created_at" CHECK ("created_at" >= '0001-01-01 00:00:00+00'::timestamptz AND "created_at" < '10000-01-01 00:00:00+00'::timestamptz)
);

CREATE UNIQUE INDEX "lua_scripts_name_key" ON "lua_scripts" ("name");

CREATE INDEX "lua_scripts_is_sandboxed_idx" ON "lua_scripts" ("is_sandboxed");

CREATE INDEX "lua_scripts_created_by_idx" ON "lua_scripts" ("created_by");

CREATE UNIQUE INDEX "workflows_name_key" ON "workflows" ("name");

CREATE INDEX "workflows_trigger_idx" ON "workflows" ("trigger");

CREATE INDEX "workflows_is_active_idx" ON "workflows" ("is_active");

CREATE INDEX "workflows_created_by_idx" ON "workflows" ("created_by");

CREATE INDEX "components_page_id_order_idx" ON "components" ("page_id", "order");

CREATE INDEX "components_parent_id_idx" ON "components" ("parent_id" NULLS FIRST);

CREATE UNIQUE INDEX "packages_name_version_key" ON "packages" ("name", "version");

CREATE INDEX "packages_is_installed_idx" ON "packages" ("is_installed");

CREATE INDEX "packages_installed_by_idx" ON "packages" ("installed_by" NULLS FIRST);

CREATE UNIQUE INDEX "pages_slug_key" ON "pages" ("slug");

CREATE INDEX "pages_level_idx" ON "pages" ("level");

CREATE INDEX "pages_is_active_idx" ON "pages" ("is_active");

CREATE UNIQUE INDEX "credentials_username_key" ON "credentials" ("username");

CREATE UNIQUE INDEX "sessions_token_key" ON "sessions" ("token");

CREATE INDEX "sessions_user_id_idx" ON "sessions" ("user_id");

CREATE INDEX "sessions_expires_at_idx" ON "sessions" ("expires_at");

CREATE UNIQUE INDEX "users_username_key" ON "users" ("username");

CREATE UNIQUE INDEX "users_email_key" ON "users" ("email");

CREATE INDEX "users_role_idx" ON "users" ("role");

CREATE UNIQUE INDEX "dbal_replies_scope_key_key" ON "dbal_replies" ("scope", "key");

CREATE INDEX "dbal_replies_expires_at_idx" ON "dbal_replies" ("expires_at");

CREATE UNIQUE INDEX "dbal_tokens_digest_key" ON "dbal_tokens" ("digest");

CREATE INDEX "dbal_tokens_expires_at_idx" ON "dbal_tokens" ("expires_at");

ALTER TABLE "lua_scripts" ADD CONSTRAINT "lua_scripts_created_by_fkey" FOREIGN KEY ("created_by") REFERENCES "users" ("id");

ALTER TABLE "workflows" ADD CONSTRAINT "workflows_created_by_fkey" FOREIGN KEY ("created_by") REFERENCES "users" ("id");

ALTER TABLE "components" ADD CONSTRAINT "components_page_id_fkey" FOREIGN KEY ("page_id") REFERENCES "pages" ("id") ON DELETE CASCADE;

ALTER TABLE "components" ADD CONSTRAINT "components_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "components" ("id") ON DELETE CASCADE;

ALTER TABLE "packages" ADD CONSTRAINT "packages_installed_by_fkey" FOREIGN KEY ("installed_by") REFERENCES "users" ("id") ON DELETE SET NULL;

ALTER TABLE "credentials" ADD CONSTRAINT "credentials_username_fkey" FOREIGN KEY ("username") REFERENCES "users" ("username") ON DELETE CASCADE ON UPDATE CASCADE;

ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users" ("id") ON DELETE CASCADE;
