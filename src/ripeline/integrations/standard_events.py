"""The event names of the Segment and RudderStack specs, told in the names that the starter playbooks use.

A name that is not in the table is written in small letters with underscores: Demo Booked is demo_booked.
`python -m ripeline.integrations.standard_events` prints the table of docs/reference/intake.md.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache

LONGEST = 100
_word_end = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_between = re.compile(r"[\W_]+")

SPECS: dict[str, dict[str, str]] = {
    "E-commerce": {
        "Products Searched": "products_searched",
        "Product List Viewed": "product_list_viewed",
        "Product List Filtered": "product_list_filtered",
        "Promotion Viewed": "promotion_viewed",
        "Promotion Clicked": "promotion_clicked",
        "Product Clicked": "product_clicked",
        "Product Viewed": "product_viewed",
        "Product Added": "product_added",
        "Product Removed": "product_removed",
        "Cart Viewed": "cart_viewed",
        "Cart Abandoned": "cart_abandoned",
        "Checkout Started": "checkout_started",
        "Checkout Step Viewed": "checkout_step_viewed",
        "Checkout Step Completed": "checkout_step_completed",
        "Payment Info Entered": "payment_info_entered",
        "Order Updated": "order_updated",
        "Order Completed": "order_completed",
        "Order Refunded": "order_refunded",
        "Order Cancelled": "order_canceled",
        "Order Canceled": "order_canceled",
        "Coupon Entered": "coupon_entered",
        "Coupon Applied": "coupon_applied",
        "Coupon Denied": "coupon_denied",
        "Coupon Removed": "coupon_removed",
        "Product Added to Wishlist": "wish_list_added",
        "Product Added to Wish List": "wish_list_added",
        "Product Removed from Wishlist": "wish_list_removed",
        "Product Removed from Wish List": "wish_list_removed",
        "Wishlist Product Added to Cart": "product_added",
        "Wish List Product Added to Cart": "product_added",
        "Product Shared": "product_shared",
        "Cart Shared": "cart_shared",
        "Product Reviewed": "product_reviewed",
    },
    "B2B SaaS": {
        "Account Created": "account_created",
        "Account Deleted": "account_deleted",
        "Account Added User": "account_user_added",
        "Account Removed User": "account_user_removed",
        "Signed Up": "signed_up",
        "Signed In": "signed_in",
        "Signed Out": "signed_out",
        "Invite Sent": "colleague_invited",
        "Trial Started": "trial_started",
        "Trial Ended": "trial_ended",
        "Trial Canceled": "trial_canceled",
        "Trial Cancelled": "trial_canceled",
        "Subscription Started": "subscription_started",
        "Subscription Canceled": "subscription_canceled",
        "Subscription Cancelled": "subscription_canceled",
    },
    "Email": {
        "Email Delivered": "email_delivered",
        "Email Opened": "email_opened",
        "Email Link Clicked": "email_clicked",
        "Email Clicked": "email_clicked",
        "Email Bounced": "email_bounced",
        "Email Marked as Spam": "email_marked_as_spam",
        "Unsubscribed": "newsletter_unsubscribed",
        "Email Subscribed": "newsletter_subscribed",
        "Subscribed": "newsletter_subscribed",
    },
    "Live chat": {
        "Live Chat Conversation Started": "chat_started",
        "Live Chat Message Sent": "chat_question_asked",
        "Live Chat Message Received": "chat_answer_received",
        "Live Chat Conversation Ended": "chat_ended",
    },
    "Mobile lifecycle": {
        "Application Installed": "app_installed",
        "Application Opened": "app_opened",
        "Application Updated": "app_updated",
        "Application Backgrounded": "app_backgrounded",
        "Application Foregrounded": "app_foregrounded",
        "Application Crashed": "app_crashed",
        "Application Uninstalled": "app_uninstalled",
        "Push Notification Received": "push_received",
        "Push Notification Tapped": "push_tapped",
        "Push Notification Bounced": "push_bounced",
        "Install Attributed": "install_attributed",
        "Deep Link Opened": "deep_link_opened",
        "Deep Link Clicked": "deep_link_clicked",
    },
    "Video": {
        "Video Playback Started": "video_started",
        "Video Playback Paused": "video_paused",
        "Video Playback Interrupted": "video_interrupted",
        "Video Playback Buffer Started": "video_buffer_started",
        "Video Playback Buffer Completed": "video_buffer_completed",
        "Video Playback Seek Started": "video_seek_started",
        "Video Playback Seek Completed": "video_seek_completed",
        "Video Playback Resumed": "video_resumed",
        "Video Playback Completed": "video_completed",
        "Video Playback Exited": "video_exited",
        "Video Content Started": "video_content_started",
        "Video Content Playing": "video_playing",
        "Video Content Completed": "video_content_completed",
        "Video Ad Started": "video_ad_started",
        "Video Ad Playing": "video_ad_playing",
        "Video Ad Completed": "video_ad_completed",
        "Video Quality Updated": "video_quality_updated",
    },
    "Website and forms": {
        "Page Viewed": "page_viewed",
        "Screen Viewed": "screen_viewed",
        "Ad Clicked": "ad_clicked",
        "Form Submitted": "form_submitted",
        "Loaded a Page": "page_viewed",
        "Viewed Page": "page_viewed",
        "Newsletter Signed Up": "newsletter_subscribed",
        "Newsletter Subscribed": "newsletter_subscribed",
        "Newsletter Unsubscribed": "newsletter_unsubscribed",
        "Loyalty Program Joined": "loyalty_program_joined",
        "Demo Requested": "demo_booked",
        "Contact Form Submitted": "contact_requested",
        "Quote Requested": "quote_requested",
    },
}
"""By spec: its name, and ours."""


@lru_cache(maxsize=10_000)
def snake_case(name: str) -> str:
    """The name in small letters with one underscore between words; empty if it has neither letter nor digit."""
    return _between.sub("_", _word_end.sub("_", name.strip())).strip("_").lower()


_ours = {snake_case(theirs): ours for spec in SPECS.values() for theirs, ours in spec.items()}


@lru_cache(maxsize=10_000)
def event_name(theirs: str) -> str:
    """The name under which the ledger keeps an event; empty if the name given holds no letter and no digit."""
    plain = snake_case(theirs)
    return _ours.get(plain, plain)


def table() -> str:
    """The names as a table of the reference."""
    lines = ["| spec | sent as | kept as |", "|---|---|---|"]
    lines += [f"| {spec} | {theirs} | `{ours}` |" for spec, names in SPECS.items() for theirs, ours in names.items()]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table())
