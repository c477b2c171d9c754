import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.CreateModel(
            name="BadLogin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("who", models.CharField(max_length=64, unique=True)),
                ("count", models.PositiveIntegerField(default=0)),
                ("last_at", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("ads", "ads"),
                            ("content", "content"),
                            ("email", "email"),
                            ("fair", "fair"),
                            ("referral", "referral"),
                            ("search", "search"),
                            ("social", "social"),
                        ],
                        max_length=16,
                    ),
                ),
                ("utm_campaign", models.CharField(blank=True, default="", max_length=100)),
                ("utm_source", models.CharField(blank=True, default="", max_length=100)),
                ("utm_medium", models.CharField(blank=True, default="", max_length=100)),
                ("starts_on", models.DateField(null=True)),
                ("ends_on", models.DateField(null=True)),
                ("created_at", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Competitor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                ("created_at", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.BigIntegerField()),
                ("place", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("move", "Move"),
                            ("handoff", "Handoff"),
                            ("refused", "Refused"),
                            ("signal", "Signal"),
                        ],
                        max_length=16,
                    ),
                ),
                ("old", models.CharField(blank=True, default="", max_length=16)),
                ("new", models.CharField(blank=True, default="", max_length=16)),
                ("reason", models.CharField(blank=True, default="", max_length=32)),
                ("gate", models.CharField(blank=True, default="", max_length=16)),
                ("evidence", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Forgotten",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=32, unique=True)),
                ("at", models.BigIntegerField()),
                ("is_let_in", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            name="Form",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=63, unique=True)),
                ("created_at", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Installation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=32)),
                ("created_at", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Mailbox",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=300, unique=True)),
                ("uid_validity", models.BigIntegerField(default=0)),
                ("last_uid", models.BigIntegerField(default=0)),
                ("read_at", models.BigIntegerField(null=True)),
                ("claimed_by", models.CharField(blank=True, default="", max_length=32)),
                ("claimed_until", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="MailLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("address", models.TextField()),
                ("item", models.CharField(blank=True, default="", max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name="Outgoing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("topic", models.CharField(max_length=32)),
                ("key", models.CharField(max_length=64, unique=True)),
                ("body", models.TextField()),
                ("created_at", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="PlaybookVersion",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("text", models.TextField()),
                ("title", models.CharField(max_length=200)),
                ("created_at", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RetentionRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.BigIntegerField()),
                ("looked_upto", models.BigIntegerField(default=0)),
                ("gone", models.TextField(default="{}")),
                ("finished_at", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Review",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.BigIntegerField(unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.BigIntegerField(unique=True)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("finished_at", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("web", "Website: its key is public"),
                            ("server", "Server: its key is secret"),
                            ("form", "Form: anybody may fill it in"),
                            ("own", "Ripeline itself"),
                        ],
                        max_length=8,
                    ),
                ),
                ("write_key_digest", models.CharField(max_length=64, null=True, unique=True)),
                ("origins", models.TextField(blank=True, default="")),
                ("events_per_second", models.PositiveIntegerField(default=0)),
                ("is_history", models.BooleanField(default=False)),
                ("created_at", models.BigIntegerField()),
                ("closed_at", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Wording",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("text", models.TextField()),
                ("created_at", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                (
                    "username",
                    models.CharField(
                        error_messages={"unique": "A user with that username already exists."},
                        help_text="Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.",
                        max_length=150,
                        unique=True,
                        validators=[django.contrib.auth.validators.UnicodeUsernameValidator()],
                        verbose_name="username",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=150, verbose_name="first name")),
                ("last_name", models.CharField(blank=True, max_length=150, verbose_name="last name")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="email address")),
                (
                    "is_staff",
                    models.BooleanField(
                        default=False,
                        help_text="Designates whether the user can log into this admin site.",
                        verbose_name="staff status",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Designates whether this user should be treated as active. Unselect this instead of deleting accounts.",
                        verbose_name="active",
                    ),
                ),
                ("date_joined", models.DateTimeField(default=django.utils.timezone.now, verbose_name="date joined")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("marketing", "Marketing"),
                            ("sales", "Sales"),
                            ("admin", "Administrator"),
                            ("read_only", "Read only"),
                        ],
                        default="read_only",
                        max_length=16,
                    ),
                ),
                ("is_manager", models.BooleanField(default=False)),
                ("language", models.CharField(blank=True, default="", max_length=8)),
                ("capacity", models.PositiveIntegerField(blank=True, null=True)),
                ("calendar", models.TextField(blank=True, default="")),
                (
                    "groups",
                    models.ManyToManyField(
                        blank=True,
                        help_text="The groups this user belongs to. A user will get all permissions granted to each of their groups.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.group",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        to="auth.permission",
                        verbose_name="user permissions",
                    ),
                ),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "abstract": False,
            },
            managers=[
                ("objects", django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name="Account",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=254, unique=True)),
                ("created_at", models.BigIntegerField()),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("digest", models.CharField(max_length=64, unique=True)),
                (
                    "scope",
                    models.CharField(choices=[("read", "Read"), ("act", "Read and act")], default="read", max_length=8),
                ),
                ("created_at", models.BigIntegerField()),
                ("revoked_at", models.BigIntegerField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_keys",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Asking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("address", models.CharField(blank=True, default="", max_length=254)),
                ("language", models.CharField(default="en", max_length=8)),
                ("at", models.BigIntegerField()),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("address__gt", "")), fields=["id"], name="asking_waits")],
            },
        ),
        migrations.CreateModel(
            name="ContentItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(max_length=500)),
                ("content", models.CharField(blank=True, default="", max_length=64)),
                ("title", models.CharField(blank=True, default="", max_length=200)),
                ("address", models.CharField(blank=True, default="", max_length=1000)),
                ("language", models.CharField(blank=True, default="", max_length=3)),
                ("personas", models.CharField(blank=True, default="", max_length=1000)),
                ("topic", models.CharField(blank=True, default="", max_length=100)),
                ("objection", models.CharField(blank=True, default="", max_length=200)),
                ("since", models.BigIntegerField()),
                ("until", models.BigIntegerField(default=4611686018427387904)),
            ],
            options={
                "indexes": [models.Index(fields=["item"], name="content_item")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until", 4611686018427387904)), fields=("item",), name="one_class_now"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContentWorth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("item", models.CharField(max_length=500)),
                ("persona", models.CharField(blank=True, default="", max_length=64)),
                ("readers", models.PositiveIntegerField()),
                ("moved", models.PositiveIntegerField()),
                ("others", models.PositiveIntegerField()),
                ("others_moved", models.PositiveIntegerField()),
                ("at", models.BigIntegerField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("item", "persona"), name="worth_once")],
            },
        ),
        migrations.CreateModel(
            name="Cost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("cents", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                ("created_at", models.BigIntegerField()),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="costs", to="server.campaign"
                    ),
                ),
                (
                    "corrects",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="server.cost",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.CharField(max_length=500)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("webhook", "Signed webhook"),
                            ("chat", "Chat"),
                            ("email", "E-mail"),
                            ("leads", "Mails to leads"),
                        ],
                        default="webhook",
                        max_length=8,
                    ),
                ),
                ("topics", models.TextField(blank=True, default="")),
                ("language", models.CharField(default="en", max_length=8)),
                ("secret", models.CharField(blank=True, default="", max_length=100)),
                ("old_secret", models.CharField(blank=True, default="", max_length=100)),
                ("old_secret_until", models.BigIntegerField(default=0)),
                ("created_at", models.BigIntegerField()),
                ("failing_since", models.BigIntegerField(null=True)),
                ("closed_at", models.BigIntegerField(null=True)),
                (
                    "closed_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("person", "by hand"),
                            ("gone", "it answered that it is gone"),
                            ("failing", "it failed for five days"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="endpoints",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ErasedMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.CharField(max_length=7)),
                ("old", models.CharField(max_length=16)),
                ("new", models.CharField(max_length=16)),
                ("count", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("month", "old", "new"), name="erased_move_once")],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=32, unique=True)),
                ("reason", models.CharField(default="asked", max_length=16)),
                ("at", models.BigIntegerField()),
                ("leads", models.PositiveIntegerField(default=0)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("words", models.TextField(blank=True, default="")),
                ("looked_upto", models.BigIntegerField(default=0)),
                ("is_looked", models.BooleanField(default=False)),
                ("claimed_until", models.BigIntegerField(default=0)),
                ("done_at", models.BigIntegerField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FormVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("created_at", models.BigIntegerField()),
                (
                    "form",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="versions", to="server.form"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Handoff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("offered", "Offered"),
                            ("accepted", "Accepted"),
                            ("confirmed", "Confirmed"),
                            ("recycled", "Recycled"),
                            ("rejected", "Rejected"),
                            ("disqualified", "Disqualified"),
                            ("expired", "Expired"),
                            ("merged", "Merged"),
                        ],
                        default="offered",
                        max_length=16,
                    ),
                ),
                ("offered_at", models.BigIntegerField()),
                ("accept_by", models.BigIntegerField(null=True)),
                ("first_accept_by", models.BigIntegerField(null=True)),
                ("due_at", models.BigIntegerField(null=True)),
                ("calendar", models.CharField(max_length=64)),
                ("clock", models.TextField(blank=True, default="")),
                ("answered_at", models.BigIntegerField(null=True)),
                ("call_at", models.BigIntegerField(null=True)),
                ("remind_at", models.BigIntegerField(null=True)),
                ("escalated_at", models.BigIntegerField(null=True)),
                ("touched_at", models.BigIntegerField(null=True)),
                ("ended_at", models.BigIntegerField(null=True)),
                ("offer", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="server.decision")),
                (
                    "rep",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handoffs",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.BigIntegerField()),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("returning", "Returning"),
                            ("account_owner", "Account Owner"),
                            ("territory", "Territory"),
                            ("persona", "Persona"),
                            ("source", "Source"),
                            ("turn", "Turn"),
                            ("misrouted", "Misrouted"),
                            ("not_accepted", "Not Accepted"),
                            ("absent", "Absent"),
                            ("handed_over", "Handed Over"),
                            ("by_hand", "By Hand"),
                            ("taken", "Taken"),
                        ],
                        max_length=16,
                    ),
                ),
                ("route", models.CharField(blank=True, default="", max_length=100)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "rep",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "handoff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="assignments", to="server.handoff"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Lead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.BigIntegerField()),
                ("decided_at", models.BigIntegerField(default=0)),
                ("stage", models.CharField(default="lead", max_length=16)),
                ("scores", models.TextField(default="{}")),
                ("cell", models.CharField(blank=True, default="", max_length=32)),
                ("persona", models.CharField(blank=True, default="", max_length=64)),
                ("language", models.CharField(blank=True, default="", max_length=3)),
                ("phase", models.CharField(blank=True, default="", max_length=16)),
                ("excluded", models.CharField(blank=True, default="", max_length=64)),
                ("not_evaluated", models.CharField(blank=True, default="", max_length=16)),
                ("progress", models.TextField(default="{}")),
                ("ahead", models.IntegerField(default=0)),
                ("engagement", models.BigIntegerField(default=0)),
                ("fit", models.BigIntegerField(default=0)),
                ("last_at", models.BigIntegerField(default=0)),
                ("plain", models.BooleanField(default=False)),
                ("silent", models.BooleanField(default=False)),
                ("surging", models.BooleanField(default=False)),
                ("waits_for", models.CharField(blank=True, default="", max_length=16)),
                ("waits_since", models.BigIntegerField(default=0)),
                ("cool_until", models.BigIntegerField(default=0)),
                ("computed_at", models.BigIntegerField(null=True)),
                ("nurture_at", models.BigIntegerField(null=True)),
                (
                    "merged_into",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="absorbed",
                        to="server.lead",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Identifier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("lead", "Lead"),
                            ("external", "Identifier elsewhere"),
                            ("user_id", "User"),
                            ("email", "E-mail"),
                            ("anonymous", "Visitor"),
                        ],
                        max_length=16,
                    ),
                ),
                ("value", models.CharField(max_length=254)),
                ("created_at", models.BigIntegerField()),
                ("is_vouched_for", models.BooleanField(default=False)),
                ("bounced_at", models.BigIntegerField(null=True)),
                (
                    "lead",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identifiers",
                        to="server.lead",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="handoff",
            name="lead",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="handoffs", to="server.lead"
            ),
        ),
        migrations.CreateModel(
            name="Doubt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("two_externals", "They have different ids elsewhere"),
                            ("two_user_ids", "They have different ids of a user"),
                            ("two_emails", "They have different e-mails"),
                            ("too_many", "They would be known by too many ids"),
                            ("told_by_anybody", "Only a website or a form says so"),
                        ],
                        max_length=32,
                    ),
                ),
                ("at", models.BigIntegerField()),
                ("settled_at", models.BigIntegerField(null=True)),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="doubts", to="server.lead"
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="server.lead"),
                ),
            ],
        ),
        migrations.AddField(
            model_name="decision",
            name="lead",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="server.lead"
            ),
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.BigIntegerField()),
                ("until", models.BigIntegerField(default=4611686018427387904)),
                ("known_from", models.BigIntegerField()),
                (
                    "identifier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attachments", to="server.identifier"
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attachments", to="server.lead"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(choices=[("invited", "Invitation"), ("password", "New password")], max_length=8),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("created_at", models.BigIntegerField()),
                ("ends_at", models.BigIntegerField()),
                ("used_at", models.BigIntegerField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Login",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("session", models.CharField(max_length=40, unique=True)),
                ("at", models.BigIntegerField()),
                ("browser", models.CharField(blank=True, default="", max_length=200)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="logins", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Mail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=60, unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("service", "The person asked for it"),
                            ("track", "Step of a track"),
                            ("mailing", "Mailing"),
                        ],
                        max_length=8,
                    ),
                ),
                ("about", models.CharField(max_length=64)),
                ("said", models.TextField(default="{}")),
                ("created_at", models.BigIntegerField()),
                ("sent_at", models.BigIntegerField(null=True)),
                ("held_at", models.BigIntegerField(null=True)),
                (
                    "held",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_consent", "The lead has not agreed to it"),
                            ("not_confirmed", "Nothing proves that the lead itself agreed to it"),
                            ("withdrawn", "The lead agrees to it no more"),
                            ("suppressed", "The lead has said no to it"),
                            ("excluded", "The lead is excluded"),
                            ("with_sales", "Sales is talking to the lead"),
                            ("no_address", "The lead has no e-mail"),
                            ("not_deliverable", "No mail arrives at its e-mail"),
                            ("called_off", "It was called off"),
                            ("no_template", "There is no template of this name"),
                            ("no_content", "There is no page that it could lead to"),
                            ("no_imprint", "Our company or its imprint is not named"),
                        ],
                        default="",
                        max_length=16,
                    ),
                ),
                ("bounced_at", models.BigIntegerField(null=True)),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="mails", to="server.lead"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Confirmation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.BigIntegerField()),
                ("ends_at", models.BigIntegerField()),
                ("answered_at", models.BigIntegerField(null=True)),
                (
                    "identifier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="confirmations",
                        to="server.identifier",
                    ),
                ),
                ("mail", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="server.mail")),
            ],
        ),
        migrations.CreateModel(
            name="Mailing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("template", models.CharField(max_length=64)),
                ("segment", models.CharField(max_length=100)),
                ("view", models.CharField(max_length=16)),
                ("filters", models.TextField(default="{}")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("running", "Running"),
                            ("done", "All mails are on their way"),
                            ("stopped", "Stopped"),
                        ],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("created_at", models.BigIntegerField()),
                ("started_at", models.BigIntegerField(null=True)),
                ("stopped_at", models.BigIntegerField(null=True)),
                ("upto", models.BigIntegerField(default=0)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mailings",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="mail",
            name="mailing",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="mails", to="server.mailing"
            ),
        ),
        migrations.CreateModel(
            name="Click",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.BigIntegerField()),
                ("key", models.CharField(max_length=100, unique=True)),
                ("is_machine", models.BooleanField(default=False)),
                (
                    "mail",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="clicks", to="server.mail"
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="clicks", to="server.maillink"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MailTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=64)),
                ("language", models.CharField(max_length=8)),
                ("number", models.PositiveIntegerField()),
                ("subject", models.CharField(max_length=200)),
                ("sections", models.TextField()),
                ("created_at", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mail_templates",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="mail",
            name="template",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="mails", to="server.mailtemplate"
            ),
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.BigIntegerField()),
                ("until", models.BigIntegerField(default=4611686018427387904)),
                ("by_rule", models.BooleanField(default=False)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="server.account"
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="server.lead"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.BigIntegerField()),
                ("undone_at", models.BigIntegerField(null=True)),
                (
                    "absorbed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="merges_absorbed", to="server.lead"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "kept",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="merges_kept", to="server.lead"
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NurturePause",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("track", models.CharField(blank=True, default="", max_length=64)),
                ("since", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nurture_pauses",
                        to="server.lead",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Outcome",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "stage",
                    models.CharField(
                        choices=[("opportunity", "opportunity"), ("customer", "customer"), ("lost", "lost")],
                        max_length=16,
                    ),
                ),
                ("at", models.BigIntegerField()),
                ("cents", models.BigIntegerField(null=True)),
                ("currency", models.CharField(blank=True, default="", max_length=3)),
                ("reason", models.CharField(blank=True, default="", max_length=500)),
                ("sentence", models.CharField(blank=True, default="", max_length=500)),
                ("by", models.CharField(blank=True, default="", max_length=150)),
                (
                    "competitor",
                    models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to="server.competitor"),
                ),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="outcome", to="server.decision"
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="outcomes", to="server.lead"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("next_try_at", models.BigIntegerField(null=True)),
                ("delivered_at", models.BigIntegerField(null=True)),
                ("dead_at", models.BigIntegerField(null=True)),
                ("claimed_until", models.BigIntegerField(default=0)),
                ("last_answer", models.CharField(blank=True, default="", max_length=200)),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="server.endpoint"
                    ),
                ),
                (
                    "outgoing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="server.outgoing"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PersonRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "wish",
                    models.CharField(
                        choices=[
                            ("link", "The way to its data"),
                            ("copy", "A copy of its data"),
                            ("object", "No profiling and no advertising"),
                            ("erase", "Erasure"),
                            ("correct", "Correction"),
                        ],
                        max_length=8,
                    ),
                ),
                ("asked_at", models.BigIntegerField()),
                ("due_at", models.BigIntegerField()),
                ("done_at", models.BigIntegerField(null=True)),
                (
                    "address",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="server.identifier",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="requests",
                        to="server.lead",
                    ),
                ),
                (
                    "mail",
                    models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, to="server.mail"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Enrollment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("track", models.CharField(max_length=64)),
                ("entered_at", models.BigIntegerField()),
                ("ended_at", models.BigIntegerField(null=True)),
                ("end_reason", models.CharField(blank=True, default="", max_length=32)),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="enrollments", to="server.lead"
                    ),
                ),
                (
                    "version",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="server.playbookversion"),
                ),
            ],
        ),
        migrations.AddField(
            model_name="decision",
            name="version",
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="server.playbookversion"),
        ),
        migrations.CreateModel(
            name="Publication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.BigIntegerField(unique=True)),
                (
                    "mode",
                    models.CharField(
                        choices=[
                            ("from_now_on", "From now on: each lead at its next own row"),
                            ("retroactive", "All leads at once"),
                        ],
                        max_length=16,
                    ),
                ),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="publications",
                        to="server.playbookversion",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Referral",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("note", models.CharField(blank=True, default="", max_length=500)),
                ("at", models.BigIntegerField()),
                (
                    "advocate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="referrals", to="server.lead"
                    ),
                ),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                (
                    "lead",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="referral", to="server.lead"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Request",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("asked", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField(default=0)),
                ("answer", models.TextField(default="")),
                ("at", models.BigIntegerField(db_index=True)),
                (
                    "api_key",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="requests",
                        to="server.apikey",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="decision",
            name="round",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="server.round"
            ),
        ),
        migrations.CreateModel(
            name="Route",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=100, unique=True)),
                (
                    "by",
                    models.CharField(
                        choices=[
                            ("attribute", "What is known of the lead"),
                            ("persona", "Its persona"),
                            ("source", "The source from which it was first heard of"),
                        ],
                        max_length=16,
                    ),
                ),
                ("attribute", models.CharField(blank=True, default="", max_length=64)),
                ("values", models.TextField()),
                ("created_at", models.BigIntegerField()),
                ("reps", models.ManyToManyField(related_name="routes", to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name="Segment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("view", models.CharField(max_length=16)),
                ("filters", models.TextField(default="{}")),
                ("is_shared", models.BooleanField(default=False)),
                ("created_at", models.BigIntegerField()),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="segments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Signature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("side", models.CharField(choices=[("marketing", "Marketing"), ("sales", "Sales")], max_length=16)),
                ("at", models.BigIntegerField()),
                ("user", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=settings.AUTH_USER_MODEL)),
                (
                    "version",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="signatures",
                        to="server.playbookversion",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Rejected",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=32)),
                ("detail", models.CharField(blank=True, default="", max_length=200)),
                ("kind", models.CharField(max_length=16)),
                ("received_at", models.BigIntegerField()),
                ("body", models.TextField()),
                ("digest", models.CharField(max_length=32)),
                ("settled_at", models.BigIntegerField(null=True)),
                (
                    "source",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="server.source"),
                ),
            ],
        ),
        migrations.AddField(
            model_name="form",
            name="source",
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, to="server.source"),
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=100)),
                ("name", models.CharField(max_length=100)),
                ("at", models.BigIntegerField()),
                ("received_at", models.BigIntegerField()),
                ("known_at", models.BigIntegerField(null=True)),
                ("claims", models.TextField(default="{}")),
                ("properties", models.TextField(default="{}")),
                ("body", models.TextField(default="")),
                ("flag", models.CharField(blank=True, default="", max_length=16)),
                ("content_digest", models.CharField(default="", max_length=32)),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="server.contentitem",
                    ),
                ),
                (
                    "identifier",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="server.identifier",
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        to="server.source",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Conflict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=100)),
                ("count", models.PositiveIntegerField(default=1)),
                ("last_at", models.BigIntegerField()),
                (
                    "source",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to="server.source"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StepDone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.CharField(max_length=80)),
                ("at", models.BigIntegerField()),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("mail", "Mail"),
                            ("task", "Task"),
                            ("webhook", "Webhook"),
                            ("passed", "Passed over"),
                            ("exhausted", "Nothing left"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "enrollment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="server.enrollment"
                    ),
                ),
                (
                    "mail",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="server.mail"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Suppression",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64)),
                ("purpose", models.CharField(max_length=63)),
                ("since", models.BigIntegerField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("digest", "purpose"), name="suppressed_once")],
            },
        ),
        migrations.CreateModel(
            name="Task",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("call", "Call"),
                            ("send", "Send something"),
                            ("revisit", "Look at it again"),
                            ("repair_data", "Mend the data"),
                            ("prepared_step", "Prepared step"),
                            ("other", "Something else"),
                        ],
                        max_length=16,
                    ),
                ),
                ("text", models.CharField(max_length=500)),
                ("due_at", models.BigIntegerField()),
                ("created_at", models.BigIntegerField()),
                ("done_at", models.BigIntegerField(null=True)),
                ("once", models.CharField(max_length=64, null=True, unique=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="server.lead"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Term",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("word", "Word"), ("source", "Source"), ("campaign", "Campaign")], max_length=8
                    ),
                ),
                ("value", models.BinaryField(max_length=60)),
                (
                    "identifier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="terms", to="server.identifier"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("dirty_at", models.BigIntegerField(null=True)),
                ("next_look_at", models.BigIntegerField(null=True)),
                ("claimed_by", models.BigIntegerField(default=0)),
                ("claimed_until", models.BigIntegerField(default=0)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("parted_at", models.BigIntegerField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("dirty_at__isnull", False)), fields=["dirty_at"], name="unit_dirty"
                    ),
                    models.Index(
                        condition=models.Q(("next_look_at__isnull", False)), fields=["next_look_at"], name="unit_next"
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="lead",
            name="unit",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="leads", to="server.unit"
            ),
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.BigIntegerField()),
                ("until", models.BigIntegerField()),
                ("note", models.CharField(blank=True, default="", max_length=200)),
                ("begun_at", models.BigIntegerField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="absences",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("begun_at__isnull", True)), fields=["since"], name="absence_begins"
                    ),
                    models.Index(fields=["user", "until"], name="absence_user"),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("revoked_at__isnull", True)), fields=("user", "name"), name="key_name_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="endpoint",
            constraint=models.UniqueConstraint(
                condition=models.Q(("closed_at__isnull", True)), fields=("address",), name="open_endpoint_once"
            ),
        ),
        migrations.AddIndex(
            model_name="erasure",
            index=models.Index(condition=models.Q(("done_at__isnull", True)), fields=["id"], name="erasure_open"),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(fields=["rep", "at"], name="assignment_rep"),
        ),
        migrations.AddConstraint(
            model_name="identifier",
            constraint=models.UniqueConstraint(fields=("kind", "value"), name="identifier_once"),
        ),
        migrations.AddIndex(
            model_name="handoff",
            index=models.Index(fields=["status", "due_at"], name="handoff_due"),
        ),
        migrations.AddIndex(
            model_name="handoff",
            index=models.Index(
                condition=models.Q(("remind_at__isnull", False)), fields=["remind_at"], name="handoff_remind"
            ),
        ),
        migrations.AddIndex(
            model_name="handoff",
            index=models.Index(
                condition=models.Q(("answered_at", None), ("escalated_at", None), ("status", "offered")),
                fields=["accept_by"],
                name="handoff_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="handoff",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status__in", ("offered", "accepted"))), fields=("lead",), name="one_open_handoff"
            ),
        ),
        migrations.AddConstraint(
            model_name="doubt",
            constraint=models.UniqueConstraint(fields=("lead", "other", "reason"), name="doubt_once"),
        ),
        migrations.AddIndex(
            model_name="confirmation",
            index=models.Index(fields=["asked_at"], name="confirmation_asked"),
        ),
        migrations.AddIndex(
            model_name="mailing",
            index=models.Index(condition=models.Q(("status", "running")), fields=["status"], name="mailing_running"),
        ),
        migrations.AddConstraint(
            model_name="mailtemplate",
            constraint=models.UniqueConstraint(
                fields=("name", "language", "number"), name="mail_template_version_once"
            ),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(condition=models.Q(("held_at__isnull", False)), fields=["held_at"], name="mail_held"),
        ),
        migrations.AddConstraint(
            model_name="nurturepause",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lead", None)), fields=("track",), name="track_paused_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="nurturepause",
            constraint=models.UniqueConstraint(
                condition=models.Q(("lead", None), _negated=True), fields=("lead",), name="lead_paused_once"
            ),
        ),
        migrations.AddIndex(
            model_name="outcome",
            index=models.Index(fields=["stage", "at"], name="outcome_stage"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("next_try_at__isnull", False)),
                fields=["endpoint", "next_try_at"],
                name="delivery_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(fields=("outgoing", "endpoint"), name="delivery_once"),
        ),
        migrations.AddIndex(
            model_name="personrequest",
            index=models.Index(condition=models.Q(("done_at__isnull", True)), fields=["due_at"], name="request_open"),
        ),
        migrations.AddIndex(
            model_name="enrollment",
            index=models.Index(fields=["track", "ended_at"], name="enrollment_track"),
        ),
        migrations.AddConstraint(
            model_name="enrollment",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at", None)), fields=("lead",), name="one_open_enrollment"
            ),
        ),
        migrations.AddConstraint(
            model_name="request",
            constraint=models.UniqueConstraint(fields=("api_key", "digest"), name="request_once"),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["kind", "at"], name="decision_kind"),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.UniqueConstraint(fields=("lead", "place"), name="decision_place"),
        ),
        migrations.AddConstraint(
            model_name="segment",
            constraint=models.UniqueConstraint(fields=("owner", "name"), name="segment_once"),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.UniqueConstraint(fields=("version", "side"), name="signed_once"),
        ),
        migrations.AddIndex(
            model_name="rejected",
            index=models.Index(fields=["settled_at", "received_at"], name="rejected_open"),
        ),
        migrations.AddConstraint(
            model_name="rejected",
            constraint=models.UniqueConstraint(fields=("source", "digest"), name="rejected_once"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(condition=models.Q(("known_at__isnull", True)), fields=["id"], name="event_unread"),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("known_at__isnull", True), ("name__in", ("consent_given", "consent_withdrawn"))),
                fields=["name"],
                name="event_unread_consent",
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("identifier__isnull", False)), fields=["identifier", "at"], name="event_identifier"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("name", "attributes_changed")), fields=["identifier"], name="event_told"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("known_at__isnull", False)), fields=["known_at", "id"], name="event_known"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(condition=models.Q(("item__isnull", False)), fields=["item", "id"], name="event_item"),
        ),
        migrations.AddConstraint(
            model_name="event",
            constraint=models.UniqueConstraint(fields=("source", "key"), name="event_once"),
        ),
        migrations.AddConstraint(
            model_name="conflict",
            constraint=models.UniqueConstraint(fields=("source", "key"), name="conflict_once"),
        ),
        migrations.AddConstraint(
            model_name="stepdone",
            constraint=models.UniqueConstraint(fields=("enrollment", "place"), name="step_once"),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(
                condition=models.Q(("done_at__isnull", True)), fields=["owner", "due_at"], name="task_open"
            ),
        ),
        migrations.AddIndex(
            model_name="task",
            index=models.Index(condition=models.Q(("done_at__isnull", True)), fields=["lead"], name="task_of_lead"),
        ),
        migrations.AddConstraint(
            model_name="term",
            constraint=models.UniqueConstraint(fields=("kind", "value", "identifier"), name="term_once"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["stage", "id"], name="lead_stage"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["cell", "id"], name="lead_cell"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(fields=["persona", "id"], name="lead_persona"),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", True), _negated=True),
                fields=["merged_into"],
                name="lead_merged",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", True)),
                fields=["persona", "language", "phase", "stage", "excluded"],
                name="lead_reader",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", True)), fields=["last_at", "id"], name="lead_last"
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", True)), fields=["stage", "ahead", "id"], name="lead_ahead"
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", True)), fields=["ahead", "id"], name="lead_near"
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", True), ("plain", True)),
                fields=["last_at", "id"],
                name="lead_plain",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", True), ("silent", True)),
                fields=["last_at", "id"],
                name="lead_silent",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", True), ("surging", True)),
                fields=["last_at", "id"],
                name="lead_surging",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", True), ("excluded__gt", "")),
                fields=["last_at", "id"],
                name="lead_excluded",
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("nurture_at__isnull", False)), fields=["nurture_at", "id"], name="lead_nurture"
            ),
        ),
        migrations.AddIndex(
            model_name="lead",
            index=models.Index(
                condition=models.Q(("merged_into__isnull", True), ("waits_for__gt", "")),
                fields=["waits_for", "cool_until", "id"],
                name="lead_waits",
            ),
        ),
    ]
