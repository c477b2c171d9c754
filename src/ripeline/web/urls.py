"""All routes on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import include, path

from ripeline.web import forms, person_requests
from ripeline.web.admin import site
from ripeline.web.api import site as api
from ripeline.web.content import catalogue, imports
from ripeline.web.lead import rights
from ripeline.web.lead.account import account
from ripeline.web.lead.account import give as give_account
from ripeline.web.lead.course import course
from ripeline.web.lead.interview import interview
from ripeline.web.lead.merging import merge, unmerge
from ripeline.web.lead.page import act, page
from ripeline.web.leadmail import mail_templates, mailings
from ripeline.web.leadmail.held import held
from ripeline.web.marketing import lists, new_lead, segments
from ripeline.web.marketing.log import log
from ripeline.web.nurture import tracks
from ripeline.web.public import data
from ripeline.web.public.clicks import click
from ripeline.web.public.confirm import confirm
from ripeline.web.public.preferences import preferences
from ripeline.web.public.unsubscribe import unsubscribe
from ripeline.web.sales import handoff, queue, tasks
from ripeline.web.staff import team
from ripeline.web.staff.coming_in import forgotten, invited, new_password
from ripeline.web.staff.logging_in import LogIn, LogOut, home
from ripeline.web.staff.me import change as change_me
from ripeline.web.staff.me import me

if TYPE_CHECKING:
    from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = [
    path("f/<str:name>", forms.form, name="form"),
    path("f/<str:name>/thanks", forms.thanks, name="thanks"),
    path("p/confirm/<str:token>/", confirm, name="confirm"),
    path("p/preferences/<str:token>/", preferences, name="preferences"),
    path("p/data/", data.ask, name="ask_data"),
    path("p/data/<str:token>/", data.data, name="data"),
    path("p/data/<str:token>/<slug:act>/", data.act, name="data_act"),
    path("p/c/<str:link>/<str:token>", click, name="click"),
    path("p/u/<str:token>", unsubscribe, name="unsubscribe"),
    path("", home, name="home"),
    path("login/", LogIn.as_view(), name="login"),
    path("logout/", LogOut.as_view(), name="logout"),
    path("log/", log, name="log"),
    path("invited/<str:token>/", invited, name="invited"),
    path("password/", forgotten, name="forgotten"),
    path("password/<str:token>/", new_password, name="new_password"),
    path("me/", me, name="me"),
    path("me/<str:act>/", change_me, name="change_me"),
    path("team/", team.team, name="team"),
    path("team/invite/", team.invite, name="invite"),
    path("team/routes/", team.add_route, name="add_route"),
    path("team/routes/<int:number>/<str:act>/", team.change_route, name="change_route"),
    path("team/<int:number>/", team.person, name="person"),
    path("team/<int:number>/<str:act>/", team.change_person, name="change_person"),
    path("queue/", queue.queue, name="queue"),
    path("queue/cards/", queue.cards, name="queue_cards"),
    path("queue/team/", queue.team, name="queue_team"),
    path("queue/team/<int:number>/", queue.reassign, name="reassign"),
    path("handoffs/<int:number>/", handoff.handoff, name="handoff"),
    path("handoffs/<int:number>/<str:name>/", handoff.act, name="handoff_act"),
    path("tasks/", tasks.page, name="tasks"),
    path("tasks/<int:number>/<str:name>/", tasks.act, name="task_act"),
    path("leads/", lists.leads, name="leads"),
    path("leads/many/", lists.many, name="leads_many"),
    path("leads/new/", new_lead.new_lead, name="new_lead"),
    path("segments/", segments.add_segment, name="segments"),
    path("segments/<int:number>/", segments.segment, name="segment"),
    path("segments/<int:number>/<str:act>/", segments.change_segment, name="segment_act"),
    path("leads/<int:lead>/", page, name="lead"),
    path("leads/<int:lead>/course.svg", course, name="lead-course"),
    path("leads/<int:lead>/interview/", interview, name="interview"),
    path("leads/<int:lead>/merge/", merge, name="lead-merge"),
    path("leads/<int:lead>/merge/<int:merge>/undo/", unmerge, name="lead-unmerge"),
    path("leads/<int:lead>/data/<slug:act>/", rights.act, name="lead-data"),
    path("leads/<int:lead>/<slug:act>/", act, name="lead-act"),
    path("requests/", person_requests.page, name="person_requests"),
    path("requests/processing/", person_requests.record, name="processing"),
    path("requests/<int:number>/done/", person_requests.done, name="person_request_done"),
    path("mails/", mail_templates.templates, name="mail_templates"),
    path("mails/held/", held, name="mails_held"),
    path("mails/starters/", mail_templates.starters, name="mail_starters"),
    path("mails/new/", mail_templates.new, name="mail_new"),
    path("mails/mailings/", mailings.all_mailings, name="mailings"),
    path("mails/mailings/<int:number>/", mailings.mailing, name="mailing"),
    path("mails/mailings/<int:number>/<str:act>/", mailings.act, name="mailing_act"),
    path("mails/templates/<str:name>/<str:language>/", mail_templates.template, name="mail_template"),
    path("mails/templates/<str:name>/<str:language>/preview/", mail_templates.preview, name="mail_preview"),
    path("mails/templates/<str:name>/<str:language>/test/", mail_templates.test, name="mail_test"),
    path("content/", catalogue.content, name="content"),
    path("content/new/", catalogue.add, name="content_add"),
    path("content/table/", imports.table, name="content_table"),
    path("content/sitemap/", imports.from_sitemap, name="content_sitemap"),
    path("content/matrix/", catalogue.matrix, name="content_matrix"),
    path("content/<int:number>/", catalogue.item, name="content_item"),
    path("content/<int:number>/<str:act>/", catalogue.change, name="content_act"),
    path("tracks/", tracks.tracks, name="tracks"),
    path("tracks/<slug:name>/<slug:act>/", tracks.change, name="track_act"),
    path("accounts/<int:account>/", account, name="account"),
    path("accounts/<int:account>/owner/", give_account, name="account-owner"),
    path("admin/", site.urls),
    path("api/v1/", include(api.routes())),
]
handler403, handler404, handler500 = (f"ripeline.web.astray.{name}" for name in ("forbidden", "not_found", "failed"))
