buildscript {
    dependencies {
        // The Android plugin brings an older Kotlin; this is the one of ../pom.xml.
        classpath("org.jetbrains.kotlin:kotlin-gradle-plugin:2.4.21")
    }
}

plugins {
    id("com.android.library") version "9.3.1" apply false
}
